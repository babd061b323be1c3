#!/bin/sh
# entrypoint.sh ARGUMENTS...: what a container starts. Begun as root it becomes PUID:PGID (1000:1000) with no privileges
# left; begun as anybody else, with `user:` or `--user`, it stays who it is. UMASK (022) is for the files it makes.
set -eu

fail() {
    echo "error: $1" >&2
    exit 1
}

case ${UMASK:=022} in
    *[!0-7]*) fail "UMASK=$UMASK is no octal number, such as 022 or 002" ;;
esac
umask "$UMASK"

if [ "$(id -u)" -ne 0 ]; then
    exec aniworld-dl "$@"
fi

for pair in "PUID=${PUID:=1000}" "PGID=${PGID:=1000}"; do
    case ${pair#*=} in
        '' | *[!0-9]*) fail "$pair is no number: give the one that 'id' prints for your user" ;;
    esac
done

# a folder that the engine has just made for an empty volume belongs to root; one with files in it is never touched
for folder in "$ANIWORLD_DL_DATA_DIR" "$ANIWORLD_DL_DOWNLOAD_DIR"; do
    mkdir -p "$folder"
    if [ "$(stat -c %u "$folder")" -eq 0 ] && [ "$PUID" -ne 0 ] && [ -z "$(ls -A "$folder")" ]; then
        chown "$PUID:$PGID" "$folder" || echo "warning: $folder belongs to root; on the host: chown $PUID:$PGID it" >&2
    fi
done

exec setpriv --reuid "$PUID" --regid "$PGID" --clear-groups --no-new-privs --bounding-set=-all --inh-caps=-all \
    aniworld-dl "$@"

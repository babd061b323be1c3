def demuxer_of(head: bytes) -> str:
    return "aac"


def strip_id3(head: bytes) -> int:
    return 0

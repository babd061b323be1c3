"""Ends with 0 when the service in this container can download, else with 1 and the reason."""

import os
import ssl
import sys
import urllib.error
import urllib.request

scheme = "https" if os.environ.get("ANIWORLD_DL_TLS_CERT") else "http"
prefix = os.environ.get("ANIWORLD_DL_BASE_PATH", "").strip("/")
port = os.environ.get("ANIWORLD_DL_PORT", "8080")
url = f"{scheme}://127.0.0.1:{port}/{prefix}{'/' if prefix else ''}readyz"
itself = ssl.create_default_context()
itself.check_hostname = False  # it talks to this very container, whose certificate has another name
itself.verify_mode = ssl.CERT_NONE
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=itself))
try:
    with opener.open(url, timeout=5) as answer:
        sys.stdout.write(answer.read().decode())
except urllib.error.HTTPError as error:
    sys.exit(error.read().decode())
except OSError as error:
    sys.exit(f"{url}: {error}")

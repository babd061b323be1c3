"""Signs what a webhook gets: Standard Webhooks 1.0, https://github.com/standard-webhooks/standard-webhooks."""

from __future__ import annotations

import base64
import hashlib
import hmac


def signed_headers(key: bytes, message_id: str, at: float, body: bytes) -> dict[str, str]:
    """Return the headers that prove where `body` comes from and when it was sent; `at` is in seconds since the epoch.

    The signature is HMAC-SHA256 over `<id>.<timestamp>.<body>`, so neither of them can be replaced.
    """
    stamp = str(int(at))
    content = b".".join((message_id.encode(), stamp.encode(), body))
    signature = base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode("ascii")
    return {"webhook-id": message_id, "webhook-timestamp": stamp, "webhook-signature": f"v1,{signature}"}

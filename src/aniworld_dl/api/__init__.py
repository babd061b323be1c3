"""The HTTP face: REST, WebSocket, server-sent events, documentation and the web page."""

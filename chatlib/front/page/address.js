// Where the chat's WebSocket is.

/** Beside the page, whatever stands before its path (RFC 3986 §5), or on another port. */
export function webSocketAddress(page, port) {
  const address = new URL("ws", page);
  address.search = address.hash = "";
  address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
  if (port) {
    const proxied = /(\/proxy\/)\d+(\/ws)$/;
    if (proxied.test(address.pathname)) {
      address.pathname = address.pathname.replace(proxied, `$1${port}$2`);
    } else address.port = port;
  }
  return address.href;
}

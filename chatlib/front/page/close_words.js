// A close in words: its code (RFC 6455 §7.4) and its reason.

const CODE_NAMES = {
  1000: "normal closure", 1001: "going away", 1002: "protocol error", 1003: "unsupported data",
  1005: "no status received", 1006: "abnormal closure", 1007: "invalid payload data",
  1008: "policy violation", 1009: "message too big", 1010: "mandatory extension",
  1011: "internal error", 1012: "service restart", 1013: "try again later", 1014: "bad gateway",
  1015: "TLS handshake failed",
};

export const codeWords = (code) => [code, CODE_NAMES[code]].filter(Boolean).join(" ");

export function closeWords({ code, reason }) {
  return reason ? `${codeWords(code)}, reason “${reason}”` : codeWords(code);
}

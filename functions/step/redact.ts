/** What looks like a secret, and what stands in its place. */
const PATTERNS: ReadonlyArray<[RegExp, string]> = [
  // user:password@ in a URL
  [/(\/\/[^\s:/@]+:)[^\s@/]+@/g, '$1***@'],
  [
    // not the ARN of a secret, whose name is no secret
    /((?<!:)(?:password|passwd|pwd|secret|token|api[_-]?key|authorization)["']?\s*[=:]\s*["']?)[^\s"',;&}]+/gi,
    '$1***',
  ],
  // AWS access keys and session tokens
  [/\b(?:AKIA|ASIA)[A-Z0-9]{12,}\b/g, '***'],
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?-----END [A-Z ]*PRIVATE KEY-----/g, '***'],
];

/** Removes what looks like a secret from a text that may reach a log, a state or a report. */
export function redact(text: string): string {
  return PATTERNS.reduce((result, [pattern, replacement]) => result.replace(pattern, replacement), text);
}

/** What one probe may take; every one of them is kept whatever the other side does. */
export interface ProbeLimits {
  /** Looking the name up, connecting and greeting, in milliseconds. */
  readonly connectMilliseconds: number;
  /** From the beginning until the headers of the answer have come, in milliseconds. */
  readonly firstByteMilliseconds: number;
  /** The whole of it, redirects and body included, in milliseconds. */
  readonly wholeMilliseconds: number;
  /** Longest body that is read, in bytes, counted after decompression. */
  readonly bytes: number;
  /** Redirects that are followed; with none, a redirect is the answer. */
  readonly redirects: number;
}

export const PROBE_LIMITS: ProbeLimits = {
  // A connection within a region takes some milliseconds; two lost packets still fit in.
  connectMilliseconds: 3000,
  // A cold service may take seconds for its first answer; a client has given up by then.
  firstByteMilliseconds: 5000,
  wholeMilliseconds: 5000,
  // A health answer is short.
  bytes: 65_536,
  redirects: 0,
};

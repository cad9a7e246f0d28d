/** What consumers read of a key, beside the key itself. Times are milliseconds since 1970. */
export interface RingKey {
  /** Key id: the `kid` of the tokens that it has signed. */
  readonly kid: string;
  /** From when on it signs, unless a newer one does; infinite: it never does. */
  readonly signsFrom: number;
  /** Until when tokens that it has signed are accepted; infinite: as long as it is in the ring. */
  readonly verifiesUntil: number;
}

/** The key with which a consumer signs: of those whose time has come, the one whose time came last. */
export function signingKeyAt<Key extends RingKey>(ring: readonly Key[], at: number): Key | undefined {
  let found: Key | undefined;
  for (const key of ring)
    if (key.signsFrom <= at && (found === undefined || key.signsFrom > found.signsFrom)) found = key;
  return found;
}

/** Whether a consumer accepts what a key has signed. */
export function isAccepted(ring: readonly RingKey[], kid: string, at: number): boolean {
  return ring.some((key) => key.kid === kid && at < key.verifiesUntil);
}

/** When a key stops signing: when the next one begins. */
export function stopsSigningAt(ring: readonly RingKey[], { signsFrom }: Pick<RingKey, 'signsFrom'>): number {
  return Math.min(...ring.map((key) => key.signsFrom).filter((begins) => begins > signsFrom), Infinity);
}

/** The key that signs last of all as things stand: the newest. */
export function newestKey<Key extends RingKey>(ring: readonly Key[]): Key | undefined {
  return signingKeyAt(ring, Number.MAX_VALUE);
}

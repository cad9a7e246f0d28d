/** The one of two users that takes the next turn. */
export function otherUser([one, other]: readonly [string, string], user: string): string {
  return user === one ? other : one;
}

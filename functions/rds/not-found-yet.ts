/**
 * So long after it was asked for RDS may not show a thing under its name, in minutes: descriptions lag behind writes, and an
 * instance that is being renamed has its new name only at the end.
 *
 * @see https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_RenameInstance.html
 */
export const LAG_MINUTES = 15;

/** Whether it is too early to conclude from what RDS does not show. */
export const mayLag = (since: string, now: Date): boolean =>
  now.getTime() - Date.parse(since) < LAG_MINUTES * 60_000;

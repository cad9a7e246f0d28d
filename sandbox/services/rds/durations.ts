const SECOND = 1000;
const MINUTE = 60 * SECOND;

/**
 * How long RDS takes for what it does to a small instance, in sandbox milliseconds. AWS promises none of them; they are of
 * the size that its customers see, so that whoever waits has something to wait for.
 */
export const DURATIONS = {
  backup: 90 * SECOND,
  snapshotCopy: MINUTE,
  restore: 5 * MINUTE,
  modification: MINUTE,
  passwordReset: 20 * SECOND,
  rename: 90 * SECOND,
  reboot: 40 * SECOND,
  deletion: 2 * MINUTE,
} as const;

/** RDS brings logs to its archive every so often: what is newer cannot be restored to yet. */
export const ARCHIVE_INTERVAL = 5 * MINUTE;

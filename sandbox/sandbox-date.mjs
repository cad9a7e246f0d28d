// A program of the sandbox sees the sandbox's time of day, as it would see the data centre's. Timers stay real.
const RealDate = Date;

/** Milliseconds since the epoch by this machine's clock. */
export const realNow = () => RealDate.now();

/**
 * Lets this process tell the sandbox's time.
 *
 * @param {() => { sandbox: number, wall: number, rate: number }} read the last reading of the sandbox's clock
 */
export function tellSandboxTime(read) {
  const now = () => {
    const { sandbox, wall, rate } = read();
    return Math.round(sandbox + (RealDate.now() - wall) * rate);
  };
  globalThis.Date = class SandboxDate extends RealDate {
    constructor(...values) {
      super(...(values.length === 0 ? [now()] : values));
    }
    static now() {
      return now();
    }
  };
}

import { decodeProtectedHeader, importJWK, type JWK, jwtVerify, SignJWT } from 'jose';

/** A key as Nightshift keeps it in the secret. */
interface Key {
  readonly kid: string;
  readonly alg: string;
  /** From when on it signs, unless a newer one does (ISO 8601). */
  readonly signsFrom: string;
  /** Until when what it has signed is accepted; for as long as it is there, when not given. */
  readonly verifiesUntil?: string;
  readonly jwk: JWK;
}

/** Life of a token, in seconds. */
const TOKEN_SECONDS = 600;

/** The keys of the secret, as they were when this process started. */
const keys: readonly Key[] = (JSON.parse(process.env.TOKEN_KEYS ?? '{}') as { keys?: Key[] }).keys ?? [];

/** Issues a token for a client. */
export async function issueToken(subject: string): Promise<string> {
  const now = Date.now();
  const signing = keys
    .filter(({ signsFrom }) => Date.parse(signsFrom) <= now)
    .toSorted((one, other) => Date.parse(other.signsFrom) - Date.parse(one.signsFrom))[0];
  if (signing === undefined) throw new Error('there is no key to sign with');
  return new SignJWT()
    .setProtectedHeader({ alg: signing.alg, kid: signing.kid })
    .setSubject(subject)
    .setIssuedAt()
    .setExpirationTime(Math.floor(now / 1000) + TOKEN_SECONDS)
    .sign(await importJWK(signing.jwk, signing.alg));
}

/** Who a token was issued for; undefined where it is not to be trusted. */
export async function subjectOf(authorization: string | undefined): Promise<string | undefined> {
  const token = /^Bearer (?<token>\S+)$/.exec(authorization ?? '')?.groups?.token ?? '';
  try {
    const { kid } = decodeProtectedHeader(token);
    const key = keys.find((one) => one.kid === kid);
    if (key === undefined || Date.parse(key.verifiesUntil ?? '9999-12-31') <= Date.now()) return undefined;
    const { kty, crv, x, y, k, n, e } = key.jwk;
    const publicPart = JSON.parse(JSON.stringify({ kty, crv, x, y, k, n, e })) as JWK;
    const { payload } = await jwtVerify(token, await importJWK(publicPart, key.alg), {
      algorithms: [key.alg],
    });
    return payload.sub ?? 'nobody in particular';
  } catch {
    return undefined;
  }
}

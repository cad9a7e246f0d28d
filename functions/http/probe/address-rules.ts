import { BlockList, isIP } from 'node:net';

interface AddressKind {
  readonly why: string;
  readonly ranges: BlockList;
}

/**
 * Addresses at which no service of anybody's lies, and some at which credentials do. Private ranges are not among them: services
 * in a VPC have such addresses.
 */
const REFUSED: readonly AddressKind[] = [
  kind('is a metadata address', '169.254.169.254/32', '169.254.170.0/24', 'fd00:ec2::/32'),
  kind('is link-local', '169.254.0.0/16', 'fe80::/10', 'fec0::/10'),
  kind('is unspecified', '0.0.0.0/8', '::/128'),
  kind('is multicast', '224.0.0.0/4', 'ff00::/8'),
  kind('is reserved', '240.0.0.0/4', '100::/64'),
  // An IPv4 address hides in each of these, and nobody reaches a service by them any more.
  kind(
    'belongs to a tunnel or translation',
    '::/96',
    '::ffff:0:0:0/96',
    '64:ff9b:1::/48',
    '2001::/32',
    '2002::/16',
  ),
];
const LOOPBACK = kind('is loopback', '127.0.0.0/8', '::1/128');

/** IPv6 addresses that stand for an IPv4 address in their last 32 bits: mapped ones, and those of NAT64. */
const IPV4_PREFIXES = ['0:0:0:0:0:ffff', '64:ff9b:0:0:0:0'];

/** Why a probe may not go to an address, as the end of a sentence, or undefined when it may. */
export function whyRefused(
  address: string,
  { allowLoopback }: { allowLoopback: boolean },
): string | undefined {
  const plain = unwrapped(address.replace(/%.*$/, ''));
  const family = isIP(plain) === 4 ? 'ipv4' : 'ipv6';
  if (isIP(plain) === 0) return 'is not an IP address';
  if (LOOPBACK.ranges.check(plain, family)) return allowLoopback ? undefined : LOOPBACK.why;
  return REFUSED.find(({ ranges }) => ranges.check(plain, family))?.why;
}

function unwrapped(address: string): string {
  if (isIP(address) !== 6) return address;
  const groups = groupsOf(address);
  if (
    !IPV4_PREFIXES.includes(
      groups
        .slice(0, 6)
        .map((group) => group.toString(16))
        .join(':'),
    )
  )
    return address;
  const [high = 0, low = 0] = groups.slice(6);
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}

/** The eight groups of an IPv6 address. The URL parser writes all of them in hexadecimal, with one `::` at most. */
function groupsOf(address: string): number[] {
  const [left = [], right = []] = new URL(`http://[${address}]`).hostname
    .slice(1, -1)
    .split('::')
    .map((half) =>
      half
        .split(':')
        .filter((group) => group !== '')
        .map((group) => Number.parseInt(group, 16)),
    );
  return [...left, ...Array<number>(8 - left.length - right.length).fill(0), ...right];
}

function kind(why: string, ...subnets: readonly string[]): AddressKind {
  const ranges = new BlockList();
  for (const subnet of subnets) {
    const [address = '', bits] = subnet.split('/');
    ranges.addSubnet(address, Number(bits), isIP(address) === 4 ? 'ipv4' : 'ipv6');
  }
  return { why, ranges };
}

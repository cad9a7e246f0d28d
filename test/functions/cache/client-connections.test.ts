import { expect, test } from 'vitest';
import { parseClientList } from '../../../functions/cache/client-connections.ts';

const LIST = [
  'id=3 addr=10.0.0.1:5000 laddr=10.0.0.9:6379 fd=8 name= age=12 idle=0 flags=N db=0 cmd=get user=default',
  'id=4 addr=[::1]:5001 fd=9 name=a=b age=0 idle=0 flags=P db=0 cmd=subscribe user=default',
  'id=5 addr=10.0.0.2:5002 fd=10 name= age=900 idle=1 flags=S db=0 cmd=replconf user=default',
  'id=6 addr=10.0.0.3:5003 fd=11 name=nightshift age=1 idle=0 flags=N db=0 cmd=client user=default',
  '',
].join('\n');

test('connections of clients are read, without those of replicas and ours', () => {
  expect(parseClientList(LIST)).toEqual([
    { id: '3', address: '10.0.0.1:5000', name: '', ageSeconds: 12 },
    { id: '4', address: '[::1]:5001', name: 'a=b', ageSeconds: 0 },
  ]);
});

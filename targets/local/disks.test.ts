import { expect, it } from 'vitest';
import { mountsBelow } from './disks.ts';

it('finds the mounts below a directory, also where their names have spaces', () => {
  const mountinfo = [
    '22 1 254:0 / / rw,relatime - ext4 /dev/vda rw',
    '40 22 0:33 / /srv/run/disks/nats-0 rw,nosuid - fuse.faultfs /srv/run/data/nats-0 rw,user_id=0',
    '41 22 0:34 / /srv/run/disks/a\\040b rw,nosuid - fuse.faultfs x rw',
    '42 22 0:35 / /srv/run-2/disks/nats-0 rw,nosuid - fuse.faultfs x rw',
    '',
  ].join('\n');
  expect(mountsBelow('/srv/run', mountinfo)).toEqual(['/srv/run/disks/nats-0', '/srv/run/disks/a b']);
});

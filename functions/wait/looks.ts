import { lookAtConsumers } from '../ecs/look-at-consumers.ts';
import { lookAtService } from '../ecs/look-at-service.ts';
import { lookAtTask } from '../ecs/look-at-task.ts';
import { lookAtInstance } from '../rds/look-at-instance.ts';
import { lookAtSnapshot } from '../rds/look-at-snapshot.ts';
import { lookAtRotations } from '../secrets/look-at-rotations.ts';
import type { Look } from './verdict.ts';

/** Looks at whatever a run waits for; only functions that serve all kinds of waits need all of it. */
export const lookAtAny: Look = async (parked) => {
  switch (parked.kind) {
    case 'steady-service':
      return lookAtService(parked);
    case 'db-instance':
      return lookAtInstance(parked);
    case 'db-snapshot':
      return lookAtSnapshot(parked);
    case 'consumers':
      return lookAtConsumers(parked);
    case 'ecs-task':
      return lookAtTask(parked);
    case 'secret-rotations':
      return lookAtRotations(parked);
  }
};

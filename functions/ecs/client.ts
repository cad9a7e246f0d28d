import { ECSClient } from '@aws-sdk/client-ecs';
import { client } from '../clients.ts';

/** The ECS client of this container. */
export const ecs = client(ECSClient);

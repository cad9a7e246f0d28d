import { keeper } from './keeper/keeper.ts';
import { redisAuth } from './redis-auth/redis-auth.ts';

export const handler = keeper(redisAuth);

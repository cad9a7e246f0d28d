import { keeper } from './keeper/keeper.ts';
import { alternatingUsers } from './postgresql/alternating-users.ts';

export const handler = keeper(alternatingUsers);

import { keeper } from './keeper/keeper.ts';
import { singleUser } from './postgresql/single-user.ts';

export const handler = keeper(singleUser);

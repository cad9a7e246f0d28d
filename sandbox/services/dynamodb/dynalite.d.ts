declare module 'dynalite' {
  import type { Server } from 'node:http';
  /** An in-memory DynamoDB server. */
  export default function dynalite(options?: {
    path?: string;
    createTableMs?: number;
    deleteTableMs?: number;
    updateTableMs?: number;
    verbose?: boolean;
  }): Server;
}

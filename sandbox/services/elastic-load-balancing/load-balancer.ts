import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { Machine } from '../../contract.ts';
import type { TargetGroup } from './target-group.ts';

/** How long the balancer waits for a target, in real milliseconds (the idle time-out of a load balancer is 60 s). */
const TARGET_TIMEOUT_MILLISECONDS = 10_000;

export interface Balancer {
  readonly server: Server;
  readonly fullName: string;
  /** Where requests go; set by the listener. */
  forwardTo: TargetGroup | undefined;
}

/** One load balancer: a reverse proxy that counts as Application Load Balancers count. */
export function createBalancer(machine: Machine, fullName: string): Balancer {
  const balancer: Balancer = {
    fullName,
    forwardTo: undefined,
    server: createServer((incoming, response) => serve(incoming, response)),
  };
  balancer.server.keepAliveTimeout = 30_000;
  const count = (name: string, value = 1, unit = 'Count') => {
    const dimensions = { LoadBalancer: fullName };
    machine.engines.putMetric({ namespace: 'AWS/ApplicationELB', name, dimensions, value, unit });
    const group = balancer.forwardTo?.settings.fullName;
    if (group)
      machine.engines.putMetric({
        namespace: 'AWS/ApplicationELB',
        name,
        dimensions: { ...dimensions, TargetGroup: group },
        value,
        unit,
      });
  };

  function serve(incoming: IncomingMessage, response: ServerResponse): void {
    const target = balancer.forwardTo?.choose();
    count('RequestCount');
    if (!target) {
      answer(response, 503, 'Service Temporarily Unavailable');
      return;
    }
    const started = performance.now();
    let ended = false;
    const end = () => {
      if (!ended) target.done();
      ended = true;
    };
    const forwarded = request(
      {
        host: '127.0.0.1',
        port: target.port,
        path: incoming.url ?? '/',
        method: incoming.method ?? 'GET',
        headers: { ...incoming.headers, 'x-forwarded-for': incoming.socket.remoteAddress ?? '' },
        timeout: TARGET_TIMEOUT_MILLISECONDS,
        agent: false,
      },
      (answered) => {
        const status = answered.statusCode ?? 502;
        count(`HTTPCode_Target_${Math.floor(status / 100)}XX_Count`);
        count('TargetResponseTime', (performance.now() - started) / 1000, 'Seconds');
        response.writeHead(status, answered.headers);
        answered.pipe(response);
        answered.on('close', end);
      },
    );
    forwarded.on('timeout', () => forwarded.destroy(Object.assign(new Error('time-out'), { status: 504 })));
    forwarded.on('error', (error: Error & { status?: number }) => {
      end();
      if (response.headersSent) response.destroy();
      else answer(response, error.status ?? 502, error.status === 504 ? 'Gateway Time-out' : 'Bad Gateway');
    });
    response.on('close', () => forwarded.destroy());
    incoming.pipe(forwarded);
  }

  function answer(response: ServerResponse, status: number, text: string): void {
    count('HTTPCode_ELB_5XX_Count');
    count(`HTTPCode_ELB_${status}_Count`);
    response.writeHead(status, { 'content-type': 'text/html' });
    response.end(
      `<html><head><title>${status} ${text}</title></head><body><center><h1>${status} ${text}</h1></center></body></html>`,
    );
  }
  return balancer;
}

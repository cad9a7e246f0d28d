import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics } from '@aws-lambda-powertools/metrics';

/** Namespace of Nightshift's own metrics. */
const NAMESPACE = 'Nightshift';

/** One logger and one set of metrics per container. */
export const logger = new Logger({ serviceName: 'nightshift' });
export const metrics = new Metrics({ namespace: NAMESPACE, serviceName: 'nightshift' });

interface Trace {
  end(error?: Error): void;
}

/**
 * Opens a trace segment when Lambda sampled this invocation. The tracer brings the X-Ray SDK, which takes as long to load as
 * everything else together: an invocation that is not sampled does not pay for it.
 */
export async function openTrace(step: string): Promise<Trace> {
  if (!process.env._X_AMZN_TRACE_ID?.includes('Sampled=1')) return { end() {} };
  const { Tracer } = await import('@aws-lambda-powertools/tracer');
  const tracer = new Tracer({ serviceName: 'nightshift', captureHTTPsRequests: false });
  const parent = tracer.getSegment();
  const segment = parent?.addNewSubsegment(`## ${step}`);
  return {
    end(error) {
      if (error) segment?.addError(error);
      segment?.close();
    },
  };
}

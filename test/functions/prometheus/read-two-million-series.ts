import { createCollector, keyOf } from '../../../functions/prometheus/collect.ts';

// A process of its own, so that its heap can be made small: reads two million series, and tells what it found and what it took.
const SERIES = 2_000_000;
const SERIES_A_CHUNK = 500;
/** One in so many is of the metric that is wanted. */
const WANTED_EVERY = 2000;

const selector = { name: 'wanted_total' };
const collector = createCollector([{ selector, series: true }]);
let bytes = 0;
for (let first = 0; first < SERIES; first += SERIES_A_CHUNK) {
  let text = '';
  for (let id = first; id < first + SERIES_A_CHUNK; id += 1)
    text +=
      id % WANTED_EVERY === 0
        ? `wanted_total{id="${id}"} 1\n`
        : `http_requests_total{method="GET",path="/api/v1/items/${id}",status="200",instance="10.0.0.1:8080"} ${id}\n`;
  const chunk = Buffer.from(text);
  bytes += chunk.length;
  collector.write(chunk);
}
const { samples, selections } = collector.end();
const sum = selections.get(keyOf(selector))?.sum;
console.log(JSON.stringify({ samples, sum, bytes, maximumRss: process.resourceUsage().maxRSS }));

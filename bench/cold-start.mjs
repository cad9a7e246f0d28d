// Loads one bundle in this fresh process, asks it once, and prints when it had been loaded and when it had answered, in
// milliseconds since the process began. Plain JavaScript: nothing else is to be loaded.
const [bundle, event] = process.argv.slice(2);
const { handler } = await import(bundle);
const loaded = performance.now();
let answer = 'answered';
try {
  await handler(JSON.parse(event), {
    awsRequestId: 'bench',
    functionName: 'bench',
    getRemainingTimeInMillis: () => 20_000,
  });
} catch (error) {
  answer = error.name;
}
const answered = performance.now();
process.stdout.write(`\n${JSON.stringify({ loaded, answered, answer })}\n`);
process.exit(0);

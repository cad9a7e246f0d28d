// Loads one bundle in this fresh process as Lambda's runtime does, asks it once, and prints when it had been loaded and when
// it had answered, in milliseconds since the process began. Plain JavaScript: nothing else is to be loaded.
const [bundle, event] = process.argv.slice(2);
const { handler } = require(bundle);
const loaded = performance.now();
const context = { awsRequestId: 'bench', functionName: 'bench', getRemainingTimeInMillis: () => 20_000 };

// A refusal is an answer too.
handler(JSON.parse(event), context)
  .then(
    () => 'answered',
    (error) => error.name,
  )
  .then((answer) => {
    const answered = performance.now();
    process.stdout.write(`\n${JSON.stringify({ loaded, answered, answer })}\n`);
    process.exit(0);
  });

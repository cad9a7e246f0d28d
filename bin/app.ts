import { App, Stack } from 'aws-cdk-lib';
import { forEnvironment } from '../lib/config/define-config.ts';
import { Nightshift } from '../lib/nightshift.ts';
import config from '../nightshift.config.ts';

// One stack for each environment; without an account and region a stack can be deployed to any.
const app = new App();
for (const [name, { account, region }] of Object.entries(config.environments)) {
  const env = account !== undefined && region !== undefined ? { env: { account, region } } : {};
  const stack = new Stack(app, `${config.name}-${name}`, {
    ...env,
    description: `Nightshift for ${name}: runbooks that run themselves`,
  });
  new Nightshift(stack, 'Nightshift', forEnvironment(config, name));
}
app.synth();

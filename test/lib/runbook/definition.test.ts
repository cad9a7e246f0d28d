import { describe, expect, it } from 'vitest';
import { progressOf } from '../../../bin/command/progress.ts';
import { evidenceKey, evidenceOf, groupName, phasesOf } from '../../../lib/runbook/definition.ts';
import { approval, definitionOf, group, pause, proof, step } from './some-definition.ts';

describe('groupName', () => {
  it.each([
    ['$.plan.observed.swaps', true, 'when-swaps-stop-consumers'],
    ['$.plan.observed.swaps', false, 'when-not-swaps-stop-consumers'],
    ['$.run.request.mode', 'swap', 'when-mode-is-swap-stop-consumers'],
    ['$.plan.observed.migratesDown', true, 'when-migrates-down-stop-consumers'],
    ['$.mode', 'Größer als X', 'when-mode-is-gr-er-als-x-stop-consumers'],
  ])('for %s equal to %j is %s', (path, equals, name) => {
    expect(groupName({ path, equals }, 'stop-consumers')).toBe(name);
  });
});

describe('evidence', () => {
  it('has its key of the name of the state', () => {
    expect(evidenceKey('probe-health')).toBe('verifiedProbeHealth');
  });

  it('is what verify steps leave under such a key, optional in a group', () => {
    const verify = [
      pause('observe'),
      proof('look'),
      group('swaps', [proof('probe'), step('note', { writes: 'x' })]),
    ];
    expect(evidenceOf({ verify })).toEqual([
      { key: 'verifiedLook', optional: false },
      { key: 'verifiedProbe', optional: true },
    ]);
  });
});

describe('phasesOf', () => {
  const definition = definitionOf({
    approval,
    plan: [step('make-plan', { writes: 'plan' }), group('swaps', [step('plan-more')])],
    act: [group('swaps', [step('stop'), pause('rest')]), step('act')],
    verify: [pause('observe'), proof('look'), group('swaps', [proof('probe')])],
    undo: [group('swaps', [step('undo')])],
    afterwards: [step('tidy'), group('swaps', [step('sweep')])],
  });

  it('gives every step and pause its phase, those of groups too, and Choices none', () => {
    expect(phasesOf(definition)).toEqual({
      'open-run': 'open',
      'make-plan': 'plan',
      'plan-more': 'plan',
      'request-approval': 'approve',
      'confirm-approval': 'approve',
      stop: 'act',
      rest: 'act',
      act: 'act',
      undo: 'act',
      tidy: 'act',
      sweep: 'act',
      observe: 'verify',
      look: 'verify',
      probe: 'verify',
      'close-run': 'close',
    });
  });

  it('lets progress show the steps of a group and not its Choice', () => {
    const at = new Date('2026-11-21T03:00:00Z');
    const entered = (name: string) => ({
      timestamp: at,
      type: 'TaskStateEntered' as const,
      id: 1,
      stateEnteredEventDetails: { name },
    });
    const names = ['make-plan', 'when-swaps-stop', 'stop', 'rest', 'tidy'];
    const shown = progressOf({ states: phasesOf(definition) }, names.map(entered), at.getTime());
    expect(shown.map(({ phase, step }) => `${phase} ${step}`)).toEqual([
      'plan make-plan',
      'act stop',
      'act rest',
      'act tidy',
    ]);
  });
});

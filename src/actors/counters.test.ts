import { expect, it } from 'vitest';
import { Counters } from './counters.ts';

it('counters begin at nothing and count resyncs by their reasons', () => {
  const counters = new Counters();
  expect(counters.resyncs).toEqual({});
  counters.resynced('overflow');
  counters.resynced('diverged');
  counters.resynced('overflow');
  expect(counters.resyncs).toEqual({ overflow: 2, diverged: 1 });
  expect(new Counters().resyncs).toEqual({});
});

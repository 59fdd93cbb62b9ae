import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { BatchObservableResult, Meter, Observable } from '@opentelemetry/api';
import { PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import type { Runtime } from '../app/index.ts';
import { DEFAULTS } from '../defaults.ts';
import type { GatewayCounters } from './gateway-counters.ts';
import { MetricsReader } from './metrics-reader.ts';

const NANOSECONDS = 1e9;

/** The figures of the runtime, the doors and the process, in the text format of Prometheus. */
export class Metrics {
  readonly #reader = new MetricsReader();
  readonly #provider = new MeterProvider({ readers: [this.#reader] });
  readonly #serializer = new PrometheusSerializer(undefined, false, undefined, true, true);
  readonly #loopDelay = monitorEventLoopDelay({ resolution: DEFAULTS.eventLoopSampleMs });

  constructor(runtime: Runtime, gateway: GatewayCounters) {
    const meter = this.#provider.getMeter('tidewatch');
    observeRuntime(meter, runtime);
    observeGateway(meter, gateway);
    const heap = meter.createObservableGauge('process_heap_bytes', {
      description: 'Memory that JavaScript uses now',
    });
    heap.addCallback((result) => result.observe(process.memoryUsage().heapUsed));
    const delay = meter.createObservableGauge('event_loop_delay_p99_seconds', {
      description: 'How late the event loop was, 99th percentile since the last time it was asked',
    });
    delay.addCallback((result) => {
      // What is measured is the time from one sample to the next.
      const seconds = this.#loopDelay.percentile(99) / NANOSECONDS;
      result.observe(Math.max(0, seconds - DEFAULTS.eventLoopSampleMs / 1000));
      this.#loopDelay.reset();
    });
    this.#loopDelay.enable();
  }

  async render(): Promise<string> {
    const { resourceMetrics } = await this.#reader.collect();
    return this.#serializer.serialize(resourceMetrics);
  }

  async close(): Promise<void> {
    this.#loopDelay.disable();
    await this.#provider.shutdown();
  }
}

/** Made together, read together: one look at the runtime for each time it is asked. */
function observeRuntime(meter: Meter, runtime: Runtime): void {
  const counter = (name: string, description: string): Observable =>
    meter.createObservableCounter(`tidewatch_${name}`, { description });
  const gauge = (name: string, description: string): Observable =>
    meter.createObservableGauge(`tidewatch_${name}`, { description });
  const changes = counter('changes', 'Changes told');
  const resyncs = counter('resyncs', 'Times that something may have been missed, by reason');
  const divergences = counter('divergences', 'Differences found by listing that nobody reported');
  const reconnects = counter('reconnects', 'Connections made anew');
  const listings = counter('listings', 'Directories listed');
  const verifications = counter('verifications', 'Directories listed to compare');
  const watches = gauge('watches', 'Watched directories now, by state');
  const connections = gauge('connections', 'Connections to servers now, by state');
  const subscribers = gauge('subscribers', 'Subscriptions of all doors now');
  const verified = gauge(
    'oldest_verified_timestamp_seconds',
    'When the watch that was compared longest ago last agreed with a listing, since 1970',
  );
  const observe = (result: BatchObservableResult): void => {
    const now = runtime.counters();
    result.observe(changes, now.changes);
    result.observe(divergences, now.divergences);
    result.observe(reconnects, now.reconnects);
    result.observe(listings, now.listings);
    result.observe(verifications, now.verifications);
    result.observe(subscribers, now.subscribers);
    const oldest = oldestVerification(runtime);
    if (oldest !== undefined) result.observe(verified, oldest / 1000);
    for (const [reason, n] of Object.entries(now.resyncs)) result.observe(resyncs, n, { reason });
    for (const [state, n] of Object.entries(now.watches)) result.observe(watches, n, { state });
    for (const [state, n] of Object.entries(now.connections)) {
      result.observe(connections, n, { state });
    }
  };
  meter.addBatchObservableCallback(observe, [
    ...[changes, resyncs, divergences, reconnects, listings, verifications],
    ...[watches, connections, subscribers, verified],
  ]);
}

/** Milliseconds since 1970; undefined while nothing was compared yet. */
function oldestVerification(runtime: Runtime): number | undefined {
  let oldest: number | undefined;
  for (const { verified_at: at } of runtime.watches()) {
    if (at !== undefined) oldest = Math.min(oldest ?? Infinity, Date.parse(at));
  }
  return oldest;
}

function observeGateway(meter: Meter, gateway: GatewayCounters): void {
  const figures: [name: keyof GatewayCounters, metric: string, description: string][] = [
    ['sockets', 'sockets', 'WebSockets now'],
    ['subscriptions', 'socket_subscriptions', 'Subscriptions of WebSockets now'],
    ['inspectors', 'inspectors', 'Inspectors now'],
    ['frames', 'socket_frames', 'Messages sent to WebSockets'],
    ['slowResyncs', 'socket_slow_resyncs', 'Resyncs in place of changes for slow WebSockets'],
    ['slowCloses', 'socket_slow_closes', 'WebSockets closed because they were too slow'],
    ['refused', 'sockets_refused', 'WebSockets refused'],
    ['inspectionDrops', 'inspection_drops', 'Messages left out for slow inspectors'],
  ];
  for (const [name, metric, description] of figures) {
    const now = name === 'sockets' || name === 'subscriptions' || name === 'inspectors';
    const instrument = now
      ? meter.createObservableGauge(`tidewatch_${metric}`, { description })
      : meter.createObservableCounter(`tidewatch_${metric}`, { description });
    instrument.addCallback((result) => result.observe(gateway[name]));
  }
}

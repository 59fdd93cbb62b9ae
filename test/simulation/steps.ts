import type { FakeHost } from '../fake-server/fake-host.ts';
import { pathOf } from '../fake-server/file-system.ts';
import { changeFiles, directoryAt } from './file-steps.ts';
import type { Readers } from './readers.ts';
import { ruleFor } from './request-faults.ts';
import type { FileStep, HostFault, Step } from './schedule.ts';
import type { World } from './world.ts';

const HOST_FAULTS: Readonly<Record<HostFault, (host: FakeHost) => void>> = {
  down: (host) => host.down(),
  up: (host) => host.up(),
  freeze: (host) => host.freeze(),
  vanish: (host) => host.vanish(),
  thaw: (host) => host.thaw(),
  cut: (host) => host.cut(),
  'delete-sessions': (host) => host.deleteSessions(),
  'expire-sessions': (host) => host.expireSessions(),
  'close-share': (host) => host.closeShare(),
  'change-password': (host) => host.setPassword('alice', 'another'),
  'restore-password': (host) => host.setPassword('alice', 'secret'),
  'forget-notifies': (host) => host.forgetNotifies(),
  overflow: (host) => host.overflowAll(),
  allow: (host) => host.allowAll(),
};

/** Takes the steps of a schedule, one after the other. */
export class StepTaker {
  readonly #world: World;
  readonly #readers: Readers;
  #losesNext = false;

  constructor(world: World, readers: Readers) {
    this.#world = world;
    this.#readers = readers;
  }

  async take(step: Step): Promise<void> {
    this.#world.note(`— ${JSON.stringify(step)}`);
    if (step.do === 'advance') await this.#world.advance(step.ms);
    else if (step.do === 'sleep') await this.#world.sleep(step.ms);
    else if (step.do === 'resume') await this.#readers.resume(step.which, step.afterMs);
    else this.#takeAtOnce(step);
  }

  #takeAtOnce(step: Exclude<Step, { do: 'advance' | 'sleep' | 'resume' }>): void {
    const { host } = this.#world;
    const { root } = host.fileSystem;
    switch (step.do) {
      case 'subscribe': {
        const path = pathOf(directoryAt(root, step.where)).replaceAll('\\', '/');
        this.#readers.subscribe(path, step);
        break;
      }
      case 'unsubscribe':
        this.#readers.unsubscribe(step.which, step.linger);
        break;
      case 'refresh':
        this.#readers.refresh(step.which);
        break;
      case 'lose-next':
        this.#losesNext = true;
        break;
      case 'deny':
        host.deny(pathOf(directoryAt(root, step.where)));
        break;
      case 'request-fault':
        host.inject(ruleFor(step.fault, step.skip, step.amount, this.#world));
        break;
      default:
        if ('by' in step) this.#change(step);
        else HOST_FAULTS[step.do](host);
    }
  }

  #change(step: FileStep): void {
    const { host } = this.#world;
    const watchedPath = (which: number): string => this.#readers.pathOf(which);
    const change = (): boolean =>
      changeFiles(step, host[step.by], host.fileSystem.root, watchedPath);
    const isDone = this.#losesNext ? host.loseChanges(change) : change();
    this.#losesNext = false;
    if (!isDone) this.#world.note('not done');
  }
}

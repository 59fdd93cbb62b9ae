import fc from 'fast-check';
import {
  anyFileId,
  anyGuid,
  anyU16,
  anyU32,
  anyU8,
  describeMessageCodec,
} from '../../../test/support/codec-properties.ts';
import {
  decodeLeaseBreakAcknowledgment,
  decodeOplockBreak,
  encodeLeaseBreakAcknowledgment,
  encodeOplockBreak,
} from './oplock-break.ts';
import type { OplockBreak } from './oplock-break.ts';

const anyBreak: fc.Arbitrary<OplockBreak> = fc.oneof(
  fc.record({ kind: fc.constant('oplock' as const), oplockLevel: anyU8, fileId: anyFileId }),
  fc.record({
    kind: fc.constant('lease' as const),
    newEpoch: anyU16,
    flags: anyU32,
    leaseKey: anyGuid,
    currentState: anyU32,
    newState: anyU32,
  }),
);

describeMessageCodec('OPLOCK_BREAK', {
  arbitrary: anyBreak,
  encode: encodeOplockBreak,
  decode: decodeOplockBreak,
});

describeMessageCodec('lease break acknowledgment', {
  arbitrary: fc.record({ leaseKey: anyGuid, leaseState: anyU32 }),
  encode: encodeLeaseBreakAcknowledgment,
  decode: decodeLeaseBreakAcknowledgment,
});

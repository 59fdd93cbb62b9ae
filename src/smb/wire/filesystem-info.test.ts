import fc from 'fast-check';
import {
  anySize,
  anyText,
  anyU32,
  anyU64,
  describeCodec,
} from '../../../test/support/codec-properties.ts';
import * as info from './filesystem-info.ts';

const units = {
  totalUnits: anySize,
  availableUnits: anySize,
  sectorsPerUnit: anyU32,
  bytesPerSector: anyU32,
};

describeCodec('volume information', {
  arbitrary: fc.record({ creationTime: anyU64, serialNumber: anyU32, label: anyText }),
  encode: info.encodeFsVolumeInfo,
  decode: info.decodeFsVolumeInfo,
});

describeCodec('size information', {
  arbitrary: fc.record(units),
  encode: info.encodeFsSizeInfo,
  decode: info.decodeFsSizeInfo,
});

describeCodec('full size information', {
  arbitrary: fc.record({ ...units, actualAvailableUnits: anySize }),
  encode: info.encodeFsFullSizeInfo,
  decode: info.decodeFsFullSizeInfo,
});

describeCodec('file system attributes', {
  arbitrary: fc.record({ attributes: anyU32, maximumNameLength: anyU32, name: anyText }),
  encode: info.encodeFsAttributeInfo,
  decode: info.decodeFsAttributeInfo,
});

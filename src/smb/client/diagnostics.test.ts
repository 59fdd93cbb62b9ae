import { describe, expect, it } from 'vitest';
import { frameChannel, receiveChannel, sendChannel, serverKindOf } from './diagnostics.ts';

const guidOf = (text: string): Buffer => Buffer.concat([Buffer.from(text, 'latin1')], 16);
const windowsGuid = Buffer.from('c15b6ef3a4d20b41b8e0f1d2a3948576', 'hex');

describe('the server kind', () => {
  it('is Samba when the server calls itself Windows 6.1 without a build', () => {
    const ntlm = { versionMajor: 6, versionMinor: 1, build: 0 };
    expect(serverKindOf(guidOf('labsrv'), ntlm)).toBe('samba');
    expect(serverKindOf(windowsGuid, ntlm)).toBe('samba');
  });

  it('is Windows when there is a build number', () => {
    const ntlm = { versionMajor: 10, versionMinor: 0, build: 20348 };
    expect(serverKindOf(windowsGuid, ntlm)).toBe('windows');
  });

  it('is told by the name in the ServerGuid where NTLM was not used', () => {
    expect(serverKindOf(guidOf('labsrv'), undefined)).toBe('samba');
    expect(serverKindOf(windowsGuid, undefined)).toBe('unknown');
    expect(serverKindOf(Buffer.alloc(16), undefined)).toBe('unknown');
  });

  it('is unknown for any other version without a build', () => {
    const ntlm = { versionMajor: 5, versionMinor: 0, build: 0 };
    expect(serverKindOf(windowsGuid, ntlm)).toBe('unknown');
  });
});

describe('the diagnostics channels', () => {
  it('have no subscriber of their own, so that nothing is published for nobody', () => {
    for (const channel of [frameChannel, sendChannel, receiveChannel]) {
      expect(channel.hasSubscribers).toBe(false);
      expect(channel.name).toMatch(/^tidewatch:smb:/);
    }
  });
});

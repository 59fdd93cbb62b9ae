import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseLocation, redactLocation } from './location.ts';
import { parseS3, s3Target } from './s3-location.ts';

describe('a location of S3', () => {
  it('is a bucket, and what is below it', () => {
    expect(parseLocation('s3://photos')).toEqual({
      ...{ type: 's3', bucket: 'photos', path: '', display: 's3://photos' },
    });
    expect(parseS3('s3://photos/2026/summer/')).toMatchObject({ path: '2026/summer' });
    expect(parseS3('s3://photos//2026//x')).toMatchObject({ path: '2026/x' });
    expect(parseS3('s3://photos/100%25%20%26%3F%23%C3%A4')).toMatchObject({ path: '100% &?#ä' });
  });

  it('says where the service is, and how it is asked', () => {
    const text =
      's3://photos/a?endpoint=https%3A%2F%2Fs3.example%3A9000%2F&region=eu-central-1&pathStyle=1';
    expect(parseLocation(text)).toEqual({
      ...{ type: 's3', bucket: 'photos', endpoint: 'https://s3.example:9000' },
      ...{ region: 'eu-central-1', pathStyle: true, path: 'a', display: text },
    });
    expect(parseS3('s3://photos?endpoint=http://127.0.0.1:7480&pathStyle=false')).toMatchObject({
      ...{ endpoint: 'http://127.0.0.1:7480', pathStyle: false },
    });
    expect(parseS3('s3://photos?').path).toBe('');
  });

  it.each<[string, string, RegExp]>([
    ['s3://', 'invalid_argument', /no bucket/],
    ['s3:///x', 'invalid_argument', /no bucket/],
    ['s3://ab', 'invalid_argument', /no name of a bucket/],
    ['s3://-photos', 'invalid_argument', /no name of a bucket/],
    ['s3://pho..tos', 'invalid_argument', /no name of a bucket/],
    ['s3://KEY:secret@photos', 'invalid_argument', /AWS_ACCESS_KEY_ID/],
    ['s3://host:9000/photos', 'invalid_argument', /endpoint/],
    ['s3://photos?secretKey=x', 'invalid_argument', /endpoint, region, pathStyle/],
    ['s3://photos?region=', 'invalid_argument', /region says nothing/],
    ['s3://photos?region=a&region=b', 'invalid_argument', /twice/],
    ['s3://photos?region=a/b', 'invalid_argument', /region/],
    ['s3://photos?pathStyle=yes', 'invalid_argument', /1 or 0/],
    ['s3://photos?endpoint=s3.example', 'invalid_argument', /http/],
    ['s3://photos?endpoint=ftp://s3.example', 'invalid_argument', /http/],
    ['s3://photos?endpoint=http://u:p@s3.example', 'invalid_argument', /no user/],
    ['s3://photos?endpoint=http://s3.example?x', 'invalid_argument', /query/],
    ['s3://photos/a/../b', 'invalid_path', /\.\./],
    ['s3://photos/./b', 'invalid_path', /\./],
    ['s3://photos/a%2Fb', 'invalid_path', /%2F/],
    ['s3://photos/%00', 'invalid_path', /NUL/],
    ['s3://photos/%zz', 'invalid_argument', /%25/],
    [`s3://photos/${'x'.repeat(1025)}`, 'invalid_path', /longer/],
  ])('%j is refused as %s', (text, code, message) => {
    expect(() => parseLocation(text)).toThrow(expect.objectContaining({ code }));
    expect(() => parseLocation(text)).toThrow(message);
  });

  it('shows no keys that somebody wrote into it', () => {
    for (const text of [
      's3://AKIA:QZsecretQZ@photos',
      's3://photos?secretKey=QZsecretQZ',
      's3://photos?endpoint=https://u:QZsecretQZ@s3.example',
    ]) {
      expect(redactLocation(text)).not.toContain('QZ');
      expect(() => parseLocation(text)).not.toThrow(/QZ/);
    }
  });

  it('leads to every key that is a path', () => {
    const name = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
      .filter(
        (text) => !/[/\0]/.test(text) && text !== '.' && text !== '..' && text.isWellFormed(),
      );
    fc.assert(
      fc.property(fc.array(name, { maxLength: 5 }), (names) => {
        const typed = names.map((one) => encodeURIComponent(one)).join('/');
        expect(parseS3(`s3://photos/${typed}`).path).toBe(names.join('/'));
      }),
    );
  });
});

describe('the target of a location of S3', () => {
  const location = parseS3('s3://photos/a');

  it('has the keys of the environment', () => {
    const env = {
      ...{ AWS_ACCESS_KEY_ID: 'AKIA', AWS_SECRET_ACCESS_KEY: 'secret', AWS_SESSION_TOKEN: 'token' },
      ...{ AWS_DEFAULT_REGION: 'us-west-2', AWS_ENDPOINT_URL: 'http://one:1/' },
    };
    expect(s3Target(location, env)).toEqual({
      ...{ type: 's3', bucket: 'photos', accessKey: 'AKIA', secretKey: 'secret' },
      ...{ sessionToken: 'token', region: 'us-west-2', endpoint: 'http://one:1' },
    });
    const more = { ...env, AWS_REGION: 'eu-west-1', AWS_ENDPOINT_URL_S3: 'http://two:2' };
    expect(s3Target(location, more)).toMatchObject({
      region: 'eu-west-1',
      endpoint: 'http://two:2',
    });
    const said = parseS3('s3://photos?region=ap-1&endpoint=http://three:3');
    expect(s3Target(said, more)).toMatchObject({ region: 'ap-1', endpoint: 'http://three:3' });
  });

  it('has none where there are none, and never one without the other', () => {
    expect(s3Target(location, { AWS_ACCESS_KEY_ID: '', AWS_SESSION_TOKEN: 'x' })).toEqual({
      ...{ type: 's3', bucket: 'photos' },
    });
    expect(() => s3Target(location, { AWS_ACCESS_KEY_ID: 'AKIA' })).toThrow(/needed both/);
  });
});

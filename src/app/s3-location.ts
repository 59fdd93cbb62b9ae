import { TidewatchError } from '../errors/tidewatch-error.ts';
import { normalisePath } from '../storage/paths.ts';
import { checkBucket, endpointOf } from '../storage/s3/s3-endpoint.ts';
import type { S3Target } from '../storage/target.ts';
import { decode, invalid } from './percent.ts';

/** A directory or file in a bucket of S3. Keys are never part of it: see `s3Target`. */
export interface S3Location {
  readonly type: 's3';
  readonly bucket: string;
  /** Without a slash at the end; undefined for that of AWS. */
  readonly endpoint?: string;
  readonly region?: string;
  readonly pathStyle?: boolean;
  /** Below the bucket, names joined with `/`; empty for the bucket itself. */
  readonly path: string;
  /** As it was typed. */
  readonly display: string;
}

const SHAPE = 's3://bucket[/prefix][?endpoint=…&region=…&pathStyle=1]';
const PARAMETERS = ['endpoint', 'region', 'pathStyle'] as const;
const YES: Readonly<Record<string, boolean>> = { '1': true, true: true, '0': false, false: false };

/** Reads what begins with `s3://`. Throws like `parseLocation`. */
export function parseS3(text: string): S3Location {
  const rest = text.slice('s3://'.length);
  const question = rest.indexOf('?');
  const names = question < 0 ? rest : rest.slice(0, question);
  const parameters = readParameters(question < 0 ? '' : rest.slice(question + 1));
  const [bucket = '', ...segments] = names.split('/');
  if (bucket === '') throw invalid(`the location names no bucket: ${SHAPE}`);
  if (bucket.includes('@') || bucket.includes(':')) {
    throw invalid(
      'a location of S3 holds no keys and no host: keys come from AWS_ACCESS_KEY_ID and ' +
        'AWS_SECRET_ACCESS_KEY, the host from ?endpoint=https://…',
    );
  }
  checkBucket(bucket);
  const { region, pathStyle } = parameters;
  if (region !== undefined && !/^[A-Za-z0-9-]{1,64}$/.test(region)) {
    throw invalid('the region is no name of a region, such as eu-central-1');
  }
  if (pathStyle !== undefined && YES[pathStyle] === undefined) {
    throw invalid('pathStyle is 1 or 0');
  }
  const endpoint = endpointOf({ endpoint: parameters.endpoint });
  return {
    type: 's3',
    bucket,
    ...(endpoint !== undefined && { endpoint }),
    ...(region !== undefined && { region }),
    ...(pathStyle !== undefined && { pathStyle: YES[pathStyle] === true }),
    path: normalisePath('s3', segments.map(decodeSegment).join('/')),
    display: text,
  };
}

/** The variables of the environment that say how to use S3, with the names that AWS gave them. */
export type AwsVariables = Readonly<Record<string, string | undefined>>;

/**
 * The target of a location, with the keys of AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and
 * AWS_SESSION_TOKEN; without them nobody logs on. What the location does not say is taken from
 * AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, AWS_REGION and AWS_DEFAULT_REGION.
 *
 * @throws TidewatchError `invalid_argument` for one key without the other, and for an endpoint that is none.
 */
export function s3Target(location: S3Location, env: AwsVariables): S3Target {
  const read = (...names: readonly string[]): string | undefined =>
    names.map((name) => env[name]).find((value) => value !== undefined && value !== '');
  const accessKey = read('AWS_ACCESS_KEY_ID');
  const secretKey = read('AWS_SECRET_ACCESS_KEY');
  if ((accessKey === undefined) !== (secretKey === undefined)) {
    const message = 'AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are needed both, or none of them';
    throw new TidewatchError('invalid_argument', message);
  }
  const { bucket, pathStyle } = location;
  return {
    type: 's3',
    bucket,
    endpoint: endpointOf({
      endpoint: location.endpoint ?? read('AWS_ENDPOINT_URL_S3', 'AWS_ENDPOINT_URL'),
    }),
    region: location.region ?? read('AWS_REGION', 'AWS_DEFAULT_REGION'),
    pathStyle,
    accessKey,
    secretKey,
    sessionToken: accessKey === undefined ? undefined : read('AWS_SESSION_TOKEN'),
  };
}

function readParameters(query: string): Partial<Record<(typeof PARAMETERS)[number], string>> {
  const found: Partial<Record<(typeof PARAMETERS)[number], string>> = {};
  for (const part of query.split('&')) {
    if (part === '') continue;
    const equals = part.indexOf('=');
    const word = equals < 0 ? part : part.slice(0, equals);
    const name = PARAMETERS.find((one) => one === word);
    // Not shown: it might be a key that somebody wrote here.
    if (name === undefined) {
      throw invalid(`a location of S3 takes ${PARAMETERS.join(', ')} after the ?; write ? as %3F`);
    }
    if (found[name] !== undefined) throw invalid(`the location says ${name} twice`);
    if (equals < 0 || equals === part.length - 1) throw invalid(`${name} says nothing`);
    found[name] = decode(part.slice(equals + 1), name);
  }
  return found;
}

/** A `/` in a name would lead elsewhere; in a key it is one anyway. */
function decodeSegment(segment: string): string {
  const decoded = decode(segment, 'the path');
  if (!decoded.includes('/')) return decoded;
  throw new TidewatchError('invalid_path', 'the path has a name with a / (%2F) in it');
}

interface Message {
  readonly type: string;
  readonly state?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly changes?: readonly { action: string; path: string; size?: number }[];
}

const { TIDEWATCH_URL = 'ws://127.0.0.1:8080', TIDEWATCH_TOKEN = '' } = process.env;
const connection_id = process.env['TIDEWATCH_CONNECTION'] ?? 'demo';
const socket = new WebSocket(`${TIDEWATCH_URL}/api/ws?token=${TIDEWATCH_TOKEN}`);

socket.addEventListener('open', () => {
  const subscribe = { action: 'subscribe', connection_id, path: '', detail: 'changes' };
  socket.send(JSON.stringify(subscribe));
});

socket.addEventListener('message', ({ data }) => {
  const { type, state, reason, message, changes = [] } = JSON.parse(String(data)) as Message;
  console.log(type, state ?? reason ?? '', message ?? '');
  for (const { action, path, size } of changes) console.log(' ', action, path, size ?? '');
});

socket.addEventListener('close', ({ code, reason }) => console.log('closed', code, reason));

/** The thread that searches: one message is one search. Started by `SearchPool`. */
import { parentPort } from 'node:worker_threads';
import { searchMemory } from './search-memory.ts';
import type { SearchReply, SearchRequest } from './search-request.ts';
import { TreeSearch } from './tree-search.ts';

const search = new TreeSearch();

parentPort?.on('message', ({ id, memory, query, fuzzy, filter }: SearchRequest) => {
  let reply: SearchReply;
  try {
    reply = { id, hits: searchMemory(search, memory, query, fuzzy, filter) };
  } catch (error) {
    reply = { id, hits: undefined, error: error instanceof Error ? error.message : String(error) };
  }
  parentPort?.postMessage(reply, []);
});

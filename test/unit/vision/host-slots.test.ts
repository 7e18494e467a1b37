import { expect, test } from 'vitest';
import { retryVerdict } from '../../../src/domain/retry.ts';
import { HostSlots } from '../../../src/vision/host-slots.ts';

test('a host has so many slots, given on in order of arrival; another host has its own', async () => {
  const slots = new HostSlots(2, 60_000);
  const entered: string[] = [];
  const take = async (host: string, name: string) => {
    const leave = await slots.take(host);
    entered.push(name);
    return leave;
  };
  const [leave] = await Promise.all([take('a', 'a1'), take('a', 'a2')]);
  const third = take('a', 'a3');
  void take('a', 'a4');
  await take('b', 'b1');
  expect(entered).toEqual(['a1', 'a2', 'b1']);
  leave();
  (await third)();
  await expect.poll(() => entered).toEqual(['a1', 'a2', 'b1', 'a3', 'a4']);
});

test('who waits for long is sent away to come later, which uses up no try, and nobody else loses by it', async () => {
  const slots = new HostSlots(1, 20);
  const leave = await slots.take('photos.example');
  const failure = await slots.take('photos.example').catch((error) => error);
  expect(failure).toMatchObject({ name: 'ItemFailure', code: 'image-host-busy' });
  expect(retryVerdict(failure, 2, 0)).toEqual({ kind: 'again', dueAt: 2_000, tries: 2 });
  const next = slots.take('photos.example');
  leave();
  (await next)();
});

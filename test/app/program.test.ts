/** `npm start` from the operator's side: what it prints, how it joins, how it ends, what it says when it cannot start. */
import { describe, expect, it } from 'vitest';
import { EXIT_WITHIN_MS, LINK, type Program, programs } from '../support/program.ts';

const rig = programs();

describe('a program that runs', () => {
  it('prints an invite link for exactly what it needs, and ends on SIGTERM', async () => {
    const running = await rig.start();
    const [link] = await running.printed(LINK);
    const { searchParams } = new URL(link);
    // View Channel, Send Messages, Connect, Speak.
    const needed = (1n << 10n) | (1n << 11n) | (1n << 20n) | (1n << 21n);
    expect(searchParams.get('permissions')).toBe(String(needed));
    expect(searchParams.get('scope')?.split(' ').toSorted()).toEqual(['applications.commands', 'bot']);
    expect(searchParams.get('client_id')).toBe(rig.loopback.applicationId);
    expect(running.stdout).toMatch(/^Parley is online\. Opus: (@discordjs\/opus|opusscript)\./);
    running.signal('SIGTERM');
    expect(await running.ended(EXIT_WITHIN_MS)).toEqual({ code: 0, signal: null });
    expect(rig.loopback.log.of('gateway.close')).toMatchObject([{ code: 1000 }]);
  });
});

describe('a program that cannot start', { tags: ['fault'] }, () => {
  /** Exit code 1, nothing on stdout, no stack trace, and these words on stderr. */
  async function expectRefusal(running: Program, ...parts: string[]): Promise<void> {
    expect(await running.ended()).toEqual({ code: 1, signal: null });
    expect(running.stdout).toBe('');
    expect(running.stderr).not.toMatch(/^ +at |"stack"/m);
    for (const part of parts) expect(running.stderr).toContain(part);
  }

  it('says where the token comes from when Discord does not know it, once', async () => {
    const running = await rig.start({ env: { DISCORD_TOKEN: 'bm90.dGhl.b25l' } });
    await expectRefusal(running, 'Discord does not accept the token', 'Discord Developer Portal');
    expect(running.stderr.trimEnd().split('\n')).toHaveLength(2);
    expect(running.stderr).not.toContain('bm90.dGhl.b25l');
  });

  it('names every wrong setting with its remedy', async () => {
    const running = await rig.start({
      loopback: null,
      env: { PERSONA: 'pirate', BUDGET_MS: 'soon', LOG_SPEECH: 'maybe' },
    });
    await expectRefusal(
      running,
      ...['4 settings are wrong', 'DISCORD_TOKEN is missing', 'PERSONA', 'BUDGET_MS', 'LOG_SPEECH'],
      ...['https://discord.com/developers/applications', '.env'],
    );
    expect(running.stderr).not.toContain('pirate');
  });

  it('says so when Discord cannot be reached', async () => {
    const running = await rig.start({
      loopback: null,
      env: { DISCORD_TOKEN: rig.loopback.token, DISCORD_API_URL: 'http://127.0.0.1:1/api' },
    });
    await expectRefusal(running, 'Discord could not be reached', 'DISCORD_API_URL');
  });

  it('says so when Discord does not take the slash commands', async () => {
    rig.loopback.faults.failRest({ match: /^PUT .*commands$/, status: 403, times: 100 });
    await expectRefusal(await rig.start(), 'did not accept the slash commands', 'applications.commands');
  });

  it('does not listen to anyone when it cannot know who opted out', async () => {
    const running = await rig.start({ env: { DATA_DIR: '/dev/null' } });
    await expectRefusal(running, 'opted out', 'DATA_DIR');
    expect(rig.loopback.log.count('gateway.identify')).toBe(0);
  });
});

/** Lets a message of Discord's gateway that the library cannot handle cost that one message, and be told with its cause. */
import { SimpleShardingStrategy } from 'discord.js';

/** The library's connection of one shard; the method is private to it. */
interface Shard {
  onMessage(data: unknown, isBinary: boolean): Promise<void>;
}

type Manager = ConstructorParameters<typeof SimpleShardingStrategy>[0];

/** The library's own way of running shards, in this process; else such a message is an error that nobody catches. */
export class GuardedShards extends SimpleShardingStrategy {
  readonly #onBroken: (shardId: number, error: unknown) => void;

  /** @param onBroken hears what was thrown while a message was handled. */
  constructor(manager: Manager, onBroken: (shardId: number, error: unknown) => void) {
    super(manager);
    this.#onBroken = onBroken;
  }

  override async spawn(shardIds: number[]): Promise<void> {
    await super.spawn(shardIds);
    const shards = Reflect.get(this, 'shards') as ReadonlyMap<number, Shard>;
    for (const shardId of shardIds) {
      const shard = shards.get(shardId);
      if (shard) this.#guard(shardId, shard);
    }
  }

  #guard(shardId: number, shard: Shard): void {
    const handle = shard.onMessage.bind(shard);
    shard.onMessage = async (data, isBinary) => {
      try {
        await handle(data, isBinary);
      } catch (error) {
        this.#onBroken(shardId, error);
      }
    };
  }
}

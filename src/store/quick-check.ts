/** A program of its own: looks through the SQLite file that it is given, and prints "ok" or what is wrong with it. */
import SqliteFile from 'better-sqlite3';

function problemIn(path: string): string {
  const file = new SqliteFile(path, { readonly: true });
  try {
    return String(file.pragma('quick_check(1)', { simple: true }));
  } finally {
    file.close();
  }
}

try {
  process.stdout.write(problemIn(process.argv[2]!));
} catch (error) {
  process.stdout.write(error instanceof Error ? error.message : String(error));
}

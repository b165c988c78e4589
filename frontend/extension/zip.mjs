/**
 * A zip file of these files, in their order, stored without compression and dated to the format's first day: the same files give
 * the same bytes. Source: APPNOTE.TXT 6.3.10, §4.3.7, §4.3.12, §4.3.16.
 */
import { crc32 } from 'node:zlib';

/** 1 January 1980, in the format of MS-DOS. */
const DAY = 0x0021;
const UTF8_NAMES = 0x0800;
const VERSION = 20;

/** @param {{ name: string, body: Buffer }[]} files */
export function zip(files) {
  const parts = [];
  const directory = [];
  let at = 0;
  for (const { name, body } of files) {
    const named = Buffer.from(name, 'utf8');
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(VERSION, 0);
    fields.writeUInt16LE(UTF8_NAMES, 2);
    fields.writeUInt16LE(0, 4); // stored
    fields.writeUInt16LE(0, 6);
    fields.writeUInt16LE(DAY, 8);
    fields.writeUInt32LE(crc32(body), 10);
    fields.writeUInt32LE(body.length, 14);
    fields.writeUInt32LE(body.length, 18);
    fields.writeUInt16LE(named.length, 22);
    fields.copy(local, 4);
    const central = Buffer.alloc(46);
    central.writeUInt32LE(0x02014b50, 0);
    central.writeUInt16LE(VERSION, 4);
    fields.copy(central, 6);
    central.writeUInt32LE(at, 42);
    parts.push(local, named, body);
    directory.push(central, named);
    at += local.length + named.length + body.length;
  }
  const listed = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(files.length, 8);
  end.writeUInt16LE(files.length, 10);
  end.writeUInt32LE(listed.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...parts, listed, end]);
}

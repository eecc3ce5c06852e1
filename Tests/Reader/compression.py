"""Packed bytes and their codecs [F-CHK-2]."""

import base64
import pathlib
import re

import zstandard

from .encoding import Refusal, require
from .sealing import hashed

STORED, PLAIN_FRAME, DICTIONARY_FRAME = 0, 1, 2
MOST = 16_777_216
DICTIONARY_HASH = "e9c5a30bc5a68baf2987d9e246de53e5b850fbd79292350588a3bfb6a01935d1"
DICTIONARY_NUMBER, DICTIONARY_BYTES = 40_001, 65_536


def dictionary(source):
    """Dictionary 1, from the text between the triple quotes of its source file."""
    literal = re.search(r'"""(.*?)"""', pathlib.Path(source).read_text(), re.DOTALL)[1]
    data = base64.b64decode(re.sub(r"[\\\s]", "", literal), validate=True)
    require(len(data) == DICTIONARY_BYTES and hashed(data).hex() == DICTIONARY_HASH, "forged", "dictionary 1 is another one")
    found = zstandard.ZstdCompressionDict(data)
    require(found.dict_id() == DICTIONARY_NUMBER, "malformed", f"dictionary 1 has the id {found.dict_id()}")
    return found


def frame_end(data):
    """Where the first frame ends: a header, blocks of 3 bytes and what they say, and maybe a checksum."""
    place = zstandard.frame_header_size(data)
    last = False
    while not last:
        head = int.from_bytes(data[place:place + 3], "little")
        require(place + 3 <= len(data), "malformed", "a frame ends within a block")
        last, repeated = head & 1, (head >> 1) & 3 == 1
        place += 3 + (1 if repeated else head >> 3)
    return place + 4 * zstandard.get_frame_parameters(data).has_checksum


class Unpacker:
    """Gives the plaintext of packed bytes, never more than was promised."""

    def __init__(self, dictionary_source):
        known = dictionary(dictionary_source)
        self.frames = {PLAIN_FRAME: zstandard.ZstdDecompressor(max_window_size=MOST),
                       DICTIONARY_FRAME: zstandard.ZstdDecompressor(dict_data=known, max_window_size=MOST)}

    def unpack(self, packed, codec, byte_count):
        """The plaintext, of exactly so many bytes."""
        if codec == STORED:
            plain = packed
        else:
            try:
                said = zstandard.get_frame_parameters(packed)
                require(said.content_size == byte_count, "malformed", f"a frame that says {said.content_size}, not {byte_count}")
                known = (0, DICTIONARY_NUMBER) if codec == DICTIONARY_FRAME else (0,)
                require(said.dict_id in known, "malformed", f"a frame of dictionary {said.dict_id}")
                require(frame_end(packed) == len(packed), "malformed", "packed bytes are not one frame")
                plain = self.frames[codec].stream_reader(packed, read_across_frames=False).read(byte_count + 1)
            except zstandard.ZstdError as failure:
                raise Refusal("malformed", f"a frame of codec {codec}: {failure}") from None
        require(len(plain) == byte_count, "malformed", f"{len(plain)} bytes instead of {byte_count}")
        return plain

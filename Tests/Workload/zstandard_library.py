"""The zstd library itself, for measuring what a dictionary does to small chunks."""

import ctypes

LIBRARY = "libzstd.so.1"
COMPRESSION_LEVEL, CONTENT_SIZE_FLAG, CHECKSUM_FLAG, DICTIONARY_ID_FLAG = 100, 200, 201, 202


class Compressor:
    """Compresses single frames without content size, checksum and dictionary identifier."""

    def __init__(self, level, dictionary=b""):
        self.library = ctypes.CDLL(LIBRARY)
        for name, arguments in (("ZSTD_createCCtx", 0), ("ZSTD_CCtx_setParameter", 3), ("ZSTD_CCtx_loadDictionary", 3),
                                ("ZSTD_compress2", 5), ("ZSTD_compressBound", 1)):
            function = getattr(self.library, name)
            function.restype = ctypes.c_void_p if name == "ZSTD_createCCtx" else ctypes.c_size_t
        self.context = ctypes.c_void_p(self.library.ZSTD_createCCtx())
        for parameter, value in ((COMPRESSION_LEVEL, level), (CONTENT_SIZE_FLAG, 0), (CHECKSUM_FLAG, 0), (DICTIONARY_ID_FLAG, 0)):
            self.checked(self.library.ZSTD_CCtx_setParameter(self.context, parameter, value))
        if dictionary:
            self.checked(self.library.ZSTD_CCtx_loadDictionary(self.context, dictionary, ctypes.c_size_t(len(dictionary))))

    def checked(self, result):
        """The result, unless it is an error."""
        if self.library.ZSTD_isError(ctypes.c_size_t(result)):
            raise RuntimeError(f"zstd failed: {result:#x}")
        return result

    def size(self, data):
        """The bytes of the data's frame."""
        bound = self.library.ZSTD_compressBound(ctypes.c_size_t(len(data)))
        out = ctypes.create_string_buffer(bound)
        return self.checked(self.library.ZSTD_compress2(self.context, out, ctypes.c_size_t(bound), data, ctypes.c_size_t(len(data))))

"""tf.strings, and what the rest of TensorFlow does with strings."""

from __future__ import annotations

from typing import Any

from goldens.tables import table

NAMESPACE = "tensorflow"
TOLERANCE = (2e-6, 1e-6)

NAMES: dict[str, Any] = {
    "R": lambda tf: repr,
    "S": lambda tf: tf.strings,
    "c": lambda tf: tf.constant(["Hello World", "  abc\t", "", "ÀÉx 😊"]),
    "m": lambda tf: tf.constant([["a", "b"], ["c", "d"]]),
    "rs": lambda tf: tf.ragged.constant([["a", "bb"], ["ccc"]]),
    "bad": lambda tf: b"a\xffb",
}


def _chunks(text: str, size: int = 40) -> dict[str, Any]:
    """A case for every `size` lines."""
    lines = text.strip().splitlines()
    return {f"{i:03d}": table("\n".join(lines[i : i + size]), **NAMES) for i in range(0, len(lines), size)}


CASES = _chunks(
    r"""
    c
    m
    S.length(c)
    S.length(c,unit='UTF8_CHAR')
    S.length("héllo",'UTF8_CHAR')
    S.length(c,unit='X')
    S.lower(c)
    S.lower(c,encoding='utf-8')
    S.upper(c,encoding='utf-8')
    S.upper("straße",encoding='utf-8')
    S.strip(c)
    S.lower(3)
    S.lower(tf.constant(3))
    S.lower(["A","B"])
    S.lower(np.array(["A","B"]))
    S.lower(np.array(["A",b"B"],object))
    S.substr("hello",1,3)
    S.substr(["hello","world"],[1,2],[3,1])
    S.substr(["hello","world"],1,3)
    S.substr("hello",-3,2)
    S.substr("hello",7,2)
    S.substr("hello",3,20)
    S.substr("héllo",1,2,unit='UTF8_CHAR')
    S.substr("héllo",-4,2,unit='UTF8_CHAR')
    S.substr("hello",5,1)
    S.substr("hello",-6,1)
    S.split("a b  c ")
    R(S.split(c))
    S.split("a,b,,c",sep=',')
    R(S.split(["a,b","c"],','))
    S.split("a,b,c",sep=',',maxsplit=1)
    S.split("abc",sep='')
    S.split("a<>b<>c",sep='<>')
    R(S.split(m))
    S.split("")
    R(S.split([""]))
    R(S.split([""],sep=','))
    S.split(",",sep=',')
    R(S.split(rs))
    S.split("  lead",sep=' ')
    S.join(["a","b"])
    S.join(["a","b"],separator='-')
    S.join([["a","b"],["c","d"]],separator='-')
    S.join([m,"x"])
    S.join(["x",m,"y"],'-')
    S.join([["a","b"],["c"]])
    S.join([1,2])
    S.join([])
    S.reduce_join(m)
    S.reduce_join(m,axis=0)
    S.reduce_join(m,axis=1,separator=' ')
    S.reduce_join(m,axis=-1,keepdims=True)
    S.reduce_join(m,axis=[0,1])
    S.reduce_join(m,axis=[1,0])
    S.reduce_join(rs,axis=1,separator='+')
    S.reduce_join(["a","b"])
    S.reduce_join(m,axis=3)
    S.regex_replace("abc123","[0-9]+","#")
    S.regex_replace("abc123","([a-z])","\\1\\1")
    S.regex_replace("abc123","[a-z]","X",replace_global=False)
    S.regex_replace(c,"[^a-zA-Z ]","")
    S.regex_replace("a.b",".","\\0!")
    S.regex_replace("abc","(","x")
    S.regex_replace("abc","a(?=b)","x")
    S.regex_replace("<br />x","<br />"," ")
    S.regex_replace("aXb","(?i)x","-")
    S.regex_replace("a béc","\\w","-")
    S.regex_replace("hello!!","[[:punct:]]","")
    S.regex_replace("hé,x","\\p{L}","L")
    S.regex_replace("a\nb","a.b","X")
    S.regex_replace("abc","b*","-")
    S.regex_replace("abc","","-")
    S.regex_replace("a$b","\\$","USD")
    S.regex_replace("ab","a","\\2")
    R(S.regex_replace(rs,"b","X"))
    S.regex_full_match(["abc","abcd"],"abc")
    S.regex_full_match("abc","a.*")
    S.regex_full_match("ab\n","a.*")
    S.to_number(["1","2.5","-3e2"])
    S.to_number("7",tf.int32)
    S.to_number("7",tf.int64)
    S.to_number("7.5",tf.int32)
    S.to_number("x")
    S.to_number(" 3 ")
    S.to_number("nan")
    S.to_number("inf",tf.float64)
    S.to_number("0x1A",tf.int32)
    S.to_number("99999999999",tf.int32)
    S.to_number("")
    S.to_number("1_0")
    S.to_number("+5")
    S.to_number("1e400")
    S.to_number(rs)
    S.as_string(3)
    S.as_string([1,2])
    S.as_string(3.14159)
    S.as_string([1.5,2.0,1e10,1e-5,float('nan'),float('inf')])
    S.as_string(3.14159,precision=2)
    S.as_string(3.14159,scientific=True)
    S.as_string(314159.,scientific=True,precision=2)
    S.as_string(3.14159,shortest=True)
    S.as_string(1e-10,shortest=True)
    S.as_string(100000000.,shortest=True)
    S.as_string(True)
    S.as_string(5,width=4)
    S.as_string(5,width=4,fill='0')
    S.as_string(-5,width=4,fill='-')
    S.as_string(2.5,width=8,precision=1,fill='0')
    S.as_string(tf.constant(1+2j))
    S.as_string(tf.constant(2.0,tf.float64))
    S.as_string("abc")
    S.as_string(tf.constant(5,tf.int64))
    S.as_string(5,precision=2)
    R(S.as_string(tf.ragged.constant([[1,2],[3]])))
    S.to_hash_bucket(["a","b","hello world"],10)
    S.to_hash_bucket_fast(["a","b","hello world"],1000)
    S.to_hash_bucket_strong(["a","b"],1000,[1,2])
    R(S.to_hash_bucket_fast(rs,10))
    S.to_hash_bucket(["Hello","TensorFlow","2.x"],3)
    S.to_hash_bucket_fast("a",0)
    S.bytes_split("hello")
    R(S.bytes_split(["ab","","é"]))
    R(S.bytes_split(m))
    R(S.bytes_split(rs))
    S.unicode_split("héllo",'UTF-8')
    R(S.unicode_split(["hé","😊a",""],'UTF-8'))
    S.unicode_split(bad,'UTF-8')
    S.unicode_split(bad,'UTF-8',errors='ignore')
    S.unicode_split(bad,'UTF-8',errors='strict')
    S.unicode_decode("héllo",'UTF-8')
    R(S.unicode_decode(["hé","😊a",""],'UTF-8'))
    R(S.unicode_decode([["hé"],["a"]],'UTF-8'))
    S.unicode_decode(bad,'UTF-8')
    S.unicode_decode(bad,'UTF-8',replacement_char=32)
    S.unicode_decode(bad,'UTF-8',errors='ignore')
    S.unicode_decode("a\x01",'UTF-8',replace_control_characters=True)
    S.unicode_decode("a",'XX')
    R(S.unicode_decode_with_offsets("hé😊",'UTF-8'))
    R(S.unicode_decode_with_offsets(["hé","x"],'UTF-8'))
    R(S.unicode_split_with_offsets("hé😊",'UTF-8'))
    S.unicode_encode([104,233],'UTF-8')
    S.unicode_encode([[104,233],[97,98]],'UTF-8')
    S.unicode_encode(tf.ragged.constant([[104,233],[97]]),'UTF-8')
    S.unicode_encode([104,233],'UTF-16-BE')
    S.unicode_encode([104,-1],'UTF-8')
    S.unicode_encode([104,0xD800],'UTF-8')
    S.unicode_encode(104,'UTF-8')
    S.unicode_transcode("hé",'UTF-8','UTF-16-BE')
    S.unicode_transcode("hé",'UTF-8','UTF-32-BE')
    S.unicode_transcode(bad,'UTF-8','UTF-8')
    S.unicode_transcode(bad,'UTF-8','UTF-8',errors='ignore')
    S.unicode_transcode(bad,'UTF-8','UTF-8',errors='strict')
    S.unicode_transcode(b"h\xe9",'ISO-8859-1','UTF-8')
    S.unicode_script([ord("a"),ord("я"),ord("中"),ord("1"),ord("あ"),ord("α"),ord("א"),ord("ا")])
    S.ngrams(["a","b","c","d"],2)
    S.ngrams(["a","b","c","d"],(1,2),separator='_')
    S.ngrams([["a","b","c"],["d","e","f"]],2)
    R(S.ngrams(tf.ragged.constant([["a","b","c"],["d"]]),2))
    S.ngrams(["a","b"],3)
    S.ngrams(["a","b"],3,preserve_short_sequences=True)
    S.ngrams(["a","b"],2,pad_values=("<",">"))
    S.ngrams(["a","b"],3,pad_values="_",padding_width=1)
    S.format("x = {}",tf.constant([1,2]))
    S.format("{} and {}",(tf.constant(1),tf.constant("s")))
    S.format("v: {}",tf.range(20))
    S.format("v: {}",tf.range(20),summarize=-1)
    S.format("v: %t%",tf.constant(2.5),placeholder='%t%')
    S.format("{}",m)
    S.format("{} {}",tf.constant(1))
    S.unsorted_segment_join(["a","b","c"],[0,1,0],2,separator=':')
    c[0]
    c[0].numpy().decode()
    R(c.numpy())
    c == "Hello World"
    tf.constant("a")+tf.constant("b")
    tf.constant("a")+"b"
    "b"+tf.constant("a")
    tf.constant(["a","b"])+"x"
    tf.add("a","b")
    tf.equal(c,["Hello World","x","","y"])
    tf.concat([c,["z"]],0)
    tf.stack(["a","b"])
    tf.reshape(m,[-1])
    tf.gather(c,[1,0])
    tf.where(S.length(c)>5,c,"short")
    tf.expand_dims("a",0)
    R(tf.unique(tf.constant(["a","b","a"])))
    tf.size(c)
    tf.transpose(m)
    tf.cast("1",tf.int32)
    tf.zeros([2],tf.string)
    tf.fill([2],"a")
    tf.zeros_like(c)
    R(tf.unstack(m))
    tf.reverse(c,[0])
    tf.tile(["a"],[2])
    tf.squeeze(tf.constant([["a"]]))
    tf.boolean_mask(c,[True,False,False,False])
    tf.not_equal(c,"")
    tf.one_hot(tf.constant("a"),2)
    tf.reduce_max(c)
    c+1
    tf.constant("a")*2
    tf.identity(c)
    tf.slice(c,[1],[2])
    tf.convert_to_tensor(["a",1])
    tf.constant(b"\xff\x00")
    tf.constant(u"é")
    tf.math.reduce_any(c=="x")
    tf.gather_nd(m,[[0,1]])
    tf.io.decode_raw("abcd",tf.uint8)
    tf.strings.Length
    tf.meshgrid(["a","b"],["c"])
    tf.equal("a",1)
    S.split(["a b c","d"]).to_tensor()
    """
)

TEXTS = [
    "Hello, World! It's 2024; cost: $3.50 (50%).", "<p>visit <b>https://x.org/a?b=1</b> or www.y.com</p>", "¿Todavía está en casa?\tÑandú",
    "line one\nLINE two\n", "@user #tag a_b-c [x] {y} \\d ^ ~ | & --", "  many   spaces  ", "", "naïve café — “quoted” 日本語 😊",
    "aaa\x00bbb",
]
PATTERNS = [
    r"[!\"\#\$%\&'\(\)\*\+,\-\./:;<=>\?@\[\\\]\^_`\{\|\}\~]", r"<[^>]+>", r"https?://\S+|www\.\S+", r"\d+", r"[^\w\s]", r"([?.!,¿])",
    r"[^ a-z.?!,¿]", r"\s+", r"^\s*", r"(?m)^", r"(?m)$", r"$", r"#\w+|@\w+", r"\bo", r"[[:upper:]]", r"[^[:alnum:] ]", r"\p{Lu}",
    r"[\p{L}\d]+", r"\P{L}", r"\pN", r"(?i)l", r"a(?i)a", r"(?i:L)i", r"(?s)one.L", r"a{2,}", r"a+?", r"(a)(a)?(z)?", r"[\[\]&&|~-]",
    r"\Qa_b\E", r"x*", r"\x{e9}", r"[à-ü]", r"[^\x00-\x7F]", r"\.$", r"\A.", r".\z", r"(?P<w>\w+) (?P<v>\w+)", r"[\s,]", r"\w+@",
    r"[]x]", r"[^]x]",
    r"\x00", r"[a-z&&[^b]]", r"(?:ab|a)(?:b|c)?", r"\p{Greek}|\p{Han}", r"(?-i)L", r"\t|\n", r"[[:^alpha:]]", r"a**",
    r"(?<=a)b", r"(a)\1", r"(",
    r"[", "a\\", r"*a",
    r"\Z", r"(?P<n", r"[b-a]", r"\8", r"\pX", r"[[:word:]]+", r"(|a)b", r"(?i)É",
]  # fmt: skip


def _expressions(tf: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for pattern in PATTERNS:
        try:
            made = [tf.strings.regex_replace(TEXTS, pattern, rewrite, replace_global=every) for rewrite, every in
                    (("_", True), (r"[\0]", True), ("", False))]  # fmt: skip
            found[pattern] = repr([each.numpy().tolist() for each in made])
            found["whole " + pattern] = repr(tf.strings.regex_full_match(TEXTS, ".*" + pattern + ".*").numpy().tolist())
        except tf.errors.InvalidArgumentError:
            found[pattern] = "refused"
    return found


CASES["expressions"] = _expressions

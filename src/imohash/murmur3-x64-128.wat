;; MurmurHash3 x64 128: the mixing of whole blocks and the finish, over a state kept in memory.
;;
;; Memory: bytes 0..7 h1, 8..15 h2 (little-endian); input from byte 64 on.
;; The assembled form is in murmur3-wasm.ts; a test assembles this file and compares.
(module
  (memory (export "memory") 2)

  ;; k1 *= c1; k1 = rotl(k1, 31); k1 *= c2
  (func $mix1 (param $k i64) (result i64)
    (i64.mul
      (i64.rotl (i64.mul (local.get $k) (i64.const 0x87c37b91114253d5)) (i64.const 31))
      (i64.const 0x4cf5ad432745937f)))

  ;; k2 *= c2; k2 = rotl(k2, 33); k2 *= c1
  (func $mix2 (param $k i64) (result i64)
    (i64.mul
      (i64.rotl (i64.mul (local.get $k) (i64.const 0x4cf5ad432745937f)) (i64.const 33))
      (i64.const 0x87c37b91114253d5)))

  (func $fmix (param $k i64) (result i64)
    (local.set $k
      (i64.mul
        (i64.xor (local.get $k) (i64.shr_u (local.get $k) (i64.const 33)))
        (i64.const 0xff51afd7ed558ccd)))
    (local.set $k
      (i64.mul
        (i64.xor (local.get $k) (i64.shr_u (local.get $k) (i64.const 33)))
        (i64.const 0xc4ceb9fe1a85ec53)))
    (i64.xor (local.get $k) (i64.shr_u (local.get $k) (i64.const 33))))

  ;; Mixes the bytes from 64 up to $end, a whole number of blocks of 16, into the state.
  (func (export "blocks") (param $end i32)
    (local $at i32) (local $h1 i64) (local $h2 i64)
    (local.set $at (i32.const 64))
    (local.set $h1 (i64.load (i32.const 0)))
    (local.set $h2 (i64.load (i32.const 8)))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
        (local.set $h1 (i64.xor (local.get $h1) (call $mix1 (i64.load (local.get $at)))))
        (local.set $h1 (i64.add (i64.rotl (local.get $h1) (i64.const 27)) (local.get $h2)))
        (local.set $h1 (i64.add (i64.mul (local.get $h1) (i64.const 5)) (i64.const 0x52dce729)))
        (local.set $h2 (i64.xor (local.get $h2) (call $mix2 (i64.load offset=8 (local.get $at)))))
        (local.set $h2 (i64.add (i64.rotl (local.get $h2) (i64.const 31)) (local.get $h1)))
        (local.set $h2 (i64.add (i64.mul (local.get $h2) (i64.const 5)) (i64.const 0x38495ab5)))
        (local.set $at (i32.add (local.get $at) (i32.const 16)))
        (br $next)))
    (i64.store (i32.const 0) (local.get $h1))
    (i64.store (i32.const 8) (local.get $h2)))

  ;; Mixes the last 0..15 bytes, which stand at 64 with zeros behind them up to 80, and finishes.
  ;; A tail of zeros mixes to nothing, so an absent one needs no special case.
  (func (export "finish") (param $length i64)
    (local $h1 i64) (local $h2 i64)
    (local.set $h1 (i64.xor (i64.load (i32.const 0)) (call $mix1 (i64.load (i32.const 64)))))
    (local.set $h2 (i64.xor (i64.load (i32.const 8)) (call $mix2 (i64.load (i32.const 72)))))
    (local.set $h1 (i64.xor (local.get $h1) (local.get $length)))
    (local.set $h2 (i64.xor (local.get $h2) (local.get $length)))
    (local.set $h1 (i64.add (local.get $h1) (local.get $h2)))
    (local.set $h2 (i64.add (local.get $h2) (local.get $h1)))
    (local.set $h1 (call $fmix (local.get $h1)))
    (local.set $h2 (call $fmix (local.get $h2)))
    (local.set $h1 (i64.add (local.get $h1) (local.get $h2)))
    (local.set $h2 (i64.add (local.get $h2) (local.get $h1)))
    (i64.store (i32.const 0) (local.get $h1))
    (i64.store (i32.const 8) (local.get $h2))))

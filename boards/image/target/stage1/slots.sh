# Which of the two system slots is started. The slot table and the rules are in host/update/README.md; the numbers below are theirs.
# Needs: $table, the folder of slots.0 and slots.1; and `load SLOT SIZE SHA256`, which succeeds when the slot holds those bytes.

# A copy is whole when its last line is the SHA-256 of the lines above.
is_whole() {
  [ -f "$1" ] && [ "$(sed '$d' "$1" | sha256sum | cut -d' ' -f1)" = "$(sed -n '$s/^sum //p' "$1")" ]
}

value() {
  sed -n "s/^$1 //p" "$copy"
}

# Sets copy to the one that counts, and other to the one that is written next.
find_copy() {
  copy=
  for each in 0 1; do
    is_whole "$table/slots.$each" || continue
    generation=$(sed -n 's/^generation //p' "$table/slots.$each")
    if [ -z "$copy" ] || [ "$generation" -gt "$highest" ]; then
      copy=$table/slots.$each other=$table/slots.$((1 - each)) highest=$generation
    fi
  done
  [ -n "$copy" ]
}

# change KEY VALUE [KEY VALUE …]: the changed table takes the place of the copy that does not count.
change() {
  edit="s/^generation .*/generation $((highest + 1))/;/^sum /d"
  while [ $# -gt 0 ]; do
    edit="$edit;s/^$1 .*/$1 $2/"
    shift 2
  done
  sed "$edit" "$copy" > "$other.new"
  echo "sum $(sha256sum < "$other.new" | cut -d' ' -f1)" >> "$other.new"
  sync
  mv "$other.new" "$other"
  sync
  find_copy
}

load_slot() {
  load "$1" "$(value "$1_size")" "$(value "$1_sha256")"
}

# Loads a slot and sets slot to its name.
choose_slot() {
  if ! find_copy; then # 1
    for slot in a b; do load "$slot" - - && return; done
    return 1
  fi
  slot=$(value good)
  trial=$(value try)
  if [ "$trial" != - ] && [ "$(value tried)" = 0 ]; then # 2
    change active "$trial" tried 1 returned -
    if load_slot "$trial"; then
      slot=$trial
      return
    fi
    change active "$slot" returned damaged
  elif [ "$(value active)" != "$slot" ]; then
    if [ "$trial" != - ]; then # 3
      change active "$slot" returned unconfirmed
    else # 4
      change active "$slot"
    fi
  fi
  load_slot "$slot" && return
  if [ "$slot" = a ]; then slot=b; else slot=a; fi # 5
  load_slot "$slot" || return 1
  change active "$slot" returned damaged
}

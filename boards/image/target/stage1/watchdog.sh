# The kernel's watchdog in the hands of a shell: for the time in which the program does not feed it yet, or not any more. See the kernel's
# Documentation/watchdog/watchdog-api.rst: a device that is closed without a word goes on, and the kernel feeds a timer that can't be set
# to so long, until the time is over.

start_limit=180
watchdog=$(sed -n 's/.*tipring\.watchdog=\([^ ]*\).*/\1/p' /proc/cmdline)
: "${watchdog:=/dev/watchdog}"

# The machine starts anew unless the watchdog is opened and fed, or this is called again, within so many seconds.
start_within() {
  [ -c "$watchdog" ] || return 0
  timeout=/sys/class/watchdog/watchdog0/timeout
  seconds=$1
  [ "$(cat $timeout)" != "$seconds" ] || seconds=$((seconds + 1)) # a change is how we see that it is set
  level=$(cut -f 1 /proc/sys/kernel/printk)
  dmesg -n 1 # the kernel calls it critical that whoever set it ends, which is what we want
  watchdog -F -t "$seconds" -T "$seconds" "$watchdog" 2> /dev/null &
  looks=0
  until [ "$(cat $timeout)" = "$seconds" ] || [ $looks -ge 150 ]; do
    looks=$((looks + 1))
    usleep 20000
  done
  kill -9 $!
  wait $! 2> /dev/null
  dmesg -n "$level"
  [ "$(cat $timeout)" = "$seconds" ] || printf V > "$watchdog" # a timer that is too short for a start is none
}

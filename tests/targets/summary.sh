#!/bin/sh
# What `make check-targets` found: of each configuration how many models ran, do not fit, failed or were
# skipped; then of each profile whether a configuration runs it or it is compiled only.
#
#	summary.sh DIR            reads the logs of tests/targets*.tap and tests/profiles.tap in DIR
here=$(cd "$(dirname "$0")" && pwd)
dir=${1:?usage: summary.sh DIR}

printf '%-18s %5s %12s %7s %8s\n' configuration ran 'does not fit' failed skipped
"$here/run.sh" --list | awk -v logs="$dir/targets.log $dir/targets_ic.log $dir/targets_kws.log $dir/targets_vww.log" '
	{ names[++n] = $1 }
	END {
		files = split(logs, log_file, " ")
		for (i = 1; i <= files; i++)
			while ((getline line < log_file[i]) > 0) {
				if (line !~ /^(not )?ok [0-9]/)
					continue
				bad = line ~ /^not ok/
				sub(/^(not )?ok [0-9]+ (- )?/, "", line)
				split(line, word, /[ :]+/)
				name = word[2]
				if (line ~ /# SKIP/) skipped[name]++
				else if (bad) failed[name]++
				else if (line ~ /does not fit/) small[name]++
				else ran[name]++
			}
		for (i = 1; i <= n; i++) {
			name = names[i]
			printf "%-18s %5d %12d %7d %8d\n", name, ran[name], small[name], failed[name], skipped[name]
			r += ran[name]; s += small[name]; f += failed[name]; k += skipped[name]
		}
		printf "%-18s %5d %12d %7d %8d\n", "together", r, s, f, k
	}'
echo
sed -n 's/^ok [0-9]* - //p; s/^not ok [0-9]* - /FAILED: /p' "$dir/profiles.log"

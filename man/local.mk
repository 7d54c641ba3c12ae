dist_man_MANS += \
	man/edgecc-target.5 \
	man/edgecc.1

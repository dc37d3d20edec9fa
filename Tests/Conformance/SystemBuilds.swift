import Foundation
import TestSupport

/// What real systems boot from, made once from Debian's packages and kept in the cache.
enum SystemBuilds {
    /// A 2.88 MB floppy: syslinux, HDT, and names for the devices of our board. The i386 programs run by their own C library.
    static func hardwareDetectionTool() async throws -> String {
        let script = """
            export library=\(try await Packages.folder("libc6").path)/lib/i386-linux-gnu
            export GCONV_PATH=\(try await Packages.folder("libc6").path)/usr/lib/i386-linux-gnu/gconv
            mtools=\(try await Packages.file("mtools", "usr/bin/mtools"))
            modules=\(try await Packages.folder("syslinux-common").path)/usr/lib/syslinux/modules/bios
            mkdir "$work/bin"
            for name in mformat mcopy mattrib mmove mdel; do
                printf '#!/bin/sh\\nexec "%s" --library-path "%s" "%s" -c %s "$@"\\n' "$library/ld-linux.so.2" "$library" "$mtools" $name > "$work/bin/$name"
                chmod +x "$work/bin/$name"
            done
            export PATH=$work/bin:$PATH
            mformat -C -f 2880 -i "$out/floppy" ::
            "$library/ld-linux.so.2" --library-path "$library" "$archive" --install "$out/floppy"
            printf 'DEFAULT hdt.c32\\nPROMPT 0\\n' > "$work/syslinux.cfg"
            printf '%s\\n' '8086  Intel' '\\t1237  82441FX' '\\t7000  82371SB ISA' '\\t7010  82371SB IDE' '\\t7113  82371AB Power' \\
                '1234  Bochs' '\\t1111  Display adapter' | sed 's/^\\\\t/\\t/' > "$work/pci.ids"
            mcopy -i "$out/floppy" "$work/syslinux.cfg" "$work/pci.ids" ::
            for name in hdt libcom32 libutil libgpl libmenu; do mcopy -i "$out/floppy" "$modules/$name.c32" ::; done

            """
        let folder = try await Packages.build("hdt", script, of: try await Packages.source("syslinux", "usr/bin/syslinux"))
        return folder.appending(path: "floppy").path
    }

    /// A minimal Debian with systemd and both kernels, on an ext4 disk without partitions; `vmlinuz-686`, `initrd-686` and the same of `686-pae` beside it.
    /// Its root has no password. Needs root.
    static func debian() async throws -> URL {
        let mke2fs = LinuxGuest.tool("mke2fs") ?? "mke2fs"
        let script = #"""
            folder=\#(try await Packages.folder("debootstrap").path)
            mirror=$(apt-get -c "$cache/apt/apt.conf" indextargets --format '$(REPO_URI) $(CODENAME)' 'Created-By: Packages' | awk '$2 !~ /-/ { print; exit }')
            set -- $mirror
            export DEBOOTSTRAP_DIR=$folder/usr/share/debootstrap LC_ALL=C
            unshare --mount --propagation private "$archive" --arch=i386 --variant=minbase \
                --include=systemd-sysv,udev,kmod,e2fsprogs,initramfs-tools,linux-image-686,linux-image-686-pae "$2" "$work/root" "$1" \
                || { tail -n 20 "$work/root/debootstrap/debootstrap.log" >&2; exit 1; }
            root=$work/root
            echo vitrine-guest > "$root/etc/hostname"
            echo '/dev/sda / ext4 errors=remount-ro 0 1' > "$root/etc/fstab"
            sed -i 's/^MODULES=.*/MODULES=list/; s/^COMPRESS=.*/COMPRESS=gzip/' "$root/etc/initramfs-tools/initramfs.conf"
            printf '%s\n' ext4 ata_piix sd_mod > "$root/etc/initramfs-tools/modules"
            chroot "$root" passwd -d root
            chroot "$root" update-initramfs -u -k all
            rm -rf "$root"/var/cache/apt/archives/*.deb "$root"/var/lib/apt/lists/*
            for flavour in 686 686-pae; do
                cp "$root"/boot/vmlinuz-*[0-9]-$flavour "$out/vmlinuz-$flavour"
                cp "$root"/boot/initrd.img-*[0-9]-$flavour "$out/initrd-$flavour"
            done
            truncate -s 900M "$out/disk"
            \#(mke2fs) -q -F -t ext4 -d "$root" "$out/disk"

            """#
        return try await Packages.build("debian-i386", script, of: try await Packages.source("debootstrap", "usr/sbin/debootstrap"))
    }
}

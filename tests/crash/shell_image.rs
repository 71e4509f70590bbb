//! A tiny image: the distribution's static busybox, as an archive that every engine loads.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::environment::Repository;

/// What busybox is called by in the image.
const PROGRAMS: &str = "sh cat cp dd head mkdir seq setsid sleep true";

/// Makes the archive `image.tar` in a folder, and prints the image's identifier.
const MAKE: &str = r#"
apt-get --quiet --quiet download busybox-static 2>/dev/null
dpkg-deb -x busybox-static*.deb unpacked
mkdir -p layer/bin archive
cp "$(find unpacked -path '*bin/busybox' -type f)" layer/bin/busybox
for program in $PROGRAMS; do ln -s busybox "layer/bin/$program"; done
tar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -C layer -cf archive/layer.tar bin
digest() { sha256sum "$1" | cut -d ' ' -f 1; }
printf '{"architecture":"amd64","os":"linux","config":{"Env":["PATH=/bin"]},"rootfs":{"type":"layers","diff_ids":["sha256:%s"]},"history":[]}' \
    "$(digest archive/layer.tar)" > configuration
id=$(digest configuration)
mv configuration "archive/$id.json"
printf '[{"Config":"%s.json","RepoTags":null,"Layers":["layer.tar"]}]' "$id" > archive/manifest.json
tar -C archive -cf image.tar "$id.json" layer.tar manifest.json
echo "sha256:$id"
"#;

/// Makes the image in `folder`; returns its identifier. The archive is `image.tar` there.
pub(crate) fn make(folder: &Path) -> String {
    fs::create_dir_all(folder).expect("a folder");
    let output = Command::new("sh")
        .args(["-e", "-c", MAKE])
        .env("PROGRAMS", PROGRAMS)
        .current_dir(folder)
        .output()
        .expect("a shell");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "no static busybox: {errors}");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// Declares an experiment that runs a script of the shell in the image, with an argument that marks its processes.
pub(crate) fn declare(
    repository: &Repository<'_>,
    image: &str,
    name: &str,
    [script, tag]: [&str; 2],
    rest: &str,
) {
    repository.write(&format!("code/{name}.sh"), script);
    repository.write(
        &format!("experiments/{name}.toml"),
        format!(
            "version = 1\nseed = 42\ncommand = [\"sh\", \"code/{name}.sh\", \"{tag}\"]\nimage.id = \"{image}\"\n\
             source.include = [\"code/\"]\n{rest}"
        ),
    );
}

# The smallest guest that does what the tests need. It fits into a boot sector.
#
#   prints "hello" on the serial port;
#   then, over and over: reads sector 1 of its disk, adds one to the counter in it, writes it back and
#   prints "." (or "E" when the disk failed); ejects disks that QEMU asks it to let go of; powers the
#   machine off when the power button is pressed, after printing "bye".
#
#   as --32 -o boot.o boot.s && objcopy -O binary boot.o boot.bin && xxd -p boot.bin > boot.hex
        .code16
        .equ    COM, 0x3f8              # the first serial port
        .equ    PM, 0x600               # where SeaBIOS puts ACPI's registers: status, +2 enable, +4 control
        .equ    BUTTON, 0x100           # the power button, in status and enable
        .equ    HOTPLUG, 0xcc0          # q35: +4 slots that go, +8 eject, +16 which bus
        .equ    BUFFER, 0x8000
start:  cli
        xor     %ax, %ax
        mov     %ax, %ds
        mov     %ax, %es
        mov     %ax, %ss
        mov     $0x7c00, %sp
        sti
        mov     %dl, (drive - start + 0x7c00)
        mov     $(PM + 2), %dx
        mov     $BUTTON, %ax
        out     %ax, %dx
        mov     $(hello - start + 0x7c00), %si
        call    print
again:  mov     $0x42, %ah              # read
        call    disk
        jc      failed
        incl    BUFFER
        mov     $0x4300, %ax            # write
        call    disk
        jc      failed
        mov     $'.', %al
        jmp     told
failed: mov     $'E', %al
told:   call    put
        xor     %ecx, %ecx              # every bus that can have a slot to be emptied
buses:  mov     $(HOTPLUG + 16), %dx
        mov     %ecx, %eax
        out     %eax, %dx
        mov     $(HOTPLUG + 4), %dx
        in      %dx, %eax
        or      %eax, %eax
        jz      next
        add     $4, %dx
        out     %eax, %dx
next:   inc     %cx
        cmp     $4, %cx
        jne     buses
        mov     $PM, %dx
        in      %dx, %ax
        test    $BUTTON, %ax
        jnz     off
        mov     $0x86, %ah              # wait 20 ms
        xor     %cx, %cx
        mov     $20000, %dx
        int     $0x15
        jmp     again
off:    mov     $(bye - start + 0x7c00), %si
        call    print
        mov     $(PM + 4), %dx
        mov     $0x2000, %ax            # sleep type 0 is "off"
        out     %ax, %dx
        hlt
disk:   mov     (drive - start + 0x7c00), %dl
        mov     $(packet - start + 0x7c00), %si
        int     $0x13
        ret
print:  lodsb
        or      %al, %al
        jz      done
        call    put
        jmp     print
put:    mov     %al, %bl
ready:  mov     $(COM + 5), %dx
        in      %dx, %al
        test    $0x20, %al
        jz      ready
        mov     %bl, %al
        mov     $COM, %dx
        out     %al, %dx
done:   ret
packet: .byte   16, 0
        .word   1, BUFFER, 0            # one sector
        .quad   1                       # the second of the disk
drive:  .byte   0
hello:  .asciz  "hello\r\n"
bye:    .asciz  "bye\r\n"
        .org    510
        .word   0xaa55
